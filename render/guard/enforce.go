package guard

// Enforcement says what becomes of an object that adds an offence.
type Enforcement string

// The enforcements.
const (
	Warn Enforcement = "warn" // it is let through, and the offence told
	Deny Enforcement = "deny"
)
