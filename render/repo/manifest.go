package repo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const (
	reserved     = ".split-ingress"
	manifestName = reserved + ".json"
	schema       = 1
)

// manifest is the content of manifestName.
type manifest struct {
	Schema int               `json:"schema"`
	Files  map[string]string `json:"files"` // path -> hex SHA-256 of what was written there
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}

// encode is byte-stable: encoding/json sorts the keys of maps.
func (m manifest) encode() ([]byte, error) {
	data, err := json.MarshalIndent(m, "", "  ")
	return append(data, '\n'), err
}

// readManifest reads the directory's manifest and its bytes; both are empty if there is
// none.
func readManifest(root *os.Root) (manifest, []byte, error) {
	m := manifest{Files: map[string]string{}}
	data, err := readRegular(root, manifestName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, nil, nil
	case err != nil:
		return m, nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, nil, fmt.Errorf("%s: %w; repair it, or delete it and write with --force", manifestName, err)
	}
	if m.Schema != schema {
		return m, nil, fmt.Errorf("%s: schema %d was written by another version, this one knows %d", manifestName, m.Schema, schema)
	}
	for p := range m.Files {
		if err := checkPath(p); err != nil {
			return m, nil, fmt.Errorf("%s: %w", manifestName, err)
		}
	}
	return m, data, nil
}

// errNoFile is the case of a path at which something else stands than a regular file.
var errNoFile = errors.New("is no regular file")

// readRegular reads a file below the root. A symbolic link on the way, or anything else
// than a file at its end, is an error; a file that isn't there is fs.ErrNotExist.
func readRegular(root *os.Root, name string) ([]byte, error) {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		part := name[:i]
		info, err := root.Lstat(part)
		switch {
		case err != nil:
			return nil, err
		case info.Mode().Type() == fs.ModeSymlink:
			return nil, fmt.Errorf("%s: %w but a symbolic link, and nothing is written through links", part, errNoFile)
		case i < len(name) && !info.IsDir():
			return nil, fmt.Errorf("%s: is a file, so %s %w; move it away", part, name, errNoFile)
		case i == len(name) && info.IsDir():
			return nil, fmt.Errorf("%s: %w but a directory; move it away", part, errNoFile)
		case i == len(name) && !info.Mode().IsRegular():
			return nil, fmt.Errorf("%s: %w; move it away", part, errNoFile)
		}
	}
	return root.ReadFile(name)
}
