package guard

import (
	"encoding/json"
	"fmt"
	"path"

	"github.com/split-ingress/split-ingress/render/repo"
)

// Conftest writes the policies for conftest: Rego with its own tests under policy, what the
// plan says in data/borders.json, and a README with the command lines. Offences are warnings or
// failures.
func (b Borders) Conftest(enforce Enforcement) ([]repo.File, error) {
	readme, err := regoFile("README.md")
	if err != nil {
		return nil, err
	}
	data, err := b.data(enforce)
	if err != nil {
		return nil, err
	}
	files := []repo.File{{Path: "README.md", Data: []byte(readme)}, {Path: "data/borders.json", Data: data}}
	for _, dir := range []string{"lib", "policy"} {
		names, err := regoNames(dir)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := regoFile(name)
			if err != nil {
				return nil, err
			}
			files = append(files, repo.File{Path: path.Join("policy", path.Base(name)), Data: []byte(text)})
		}
	}
	return files, nil
}

// data are all facts, with the rules that conftest holds and whom to ask about each.
func (b *Borders) data(enforce Enforcement) ([]byte, error) {
	facts := b.facts()
	facts["enforce"] = enforce
	var rules []ruleFact
	for _, r := range Rules() {
		if r.Held.Has(Conftest) {
			rules = append(rules, ruleFact{r.ID, b.Ask(r)})
		}
	}
	facts["rules"] = rules
	data, err := json.MarshalIndent(map[string]any{"borders": facts}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("data/borders.json: %w", err)
	}
	return append(data, '\n'), nil
}
