package guard

// Enforcement is what a policy does about an offence.
type Enforcement string

// The enforcements: a warning to who writes the object, or a refusal.
const (
	Warn Enforcement = "warn"
	Deny Enforcement = "deny"
)
