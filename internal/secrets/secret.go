// Package secrets keeps each link's access keys and tokens sealed on disk.
//
// A secret lies in `secrets/<link>.<side>` of the state folder, encrypted with AES-256-GCM and bound to its link and
// side: a file copied to another name does not open. The key is 32 bytes in base64, from the environment or from `key`
// in the state folder. The folder of secrets is 0700 and the files are 0600; what is open to others is not read.
//
// The form of a sealed file, version 1: the byte 1, a nonce of 12 bytes, the ciphertext with its tag. Bound to it are
// that byte, the link and the side.
package secrets

import (
	"fmt"
	"io"
)

// redacted is what every way to print a secret prints.
const redacted = "[secret]"

// A Secret is a text that only [Secret.Reveal] gives away: printing it with any verb, or as JSON or text, does not.
type Secret struct {
	text *string // a pointer, because fmt ignores Format in an unexported field of another type
}

// NewSecret returns the secret of text.
func NewSecret(text string) Secret {
	return Secret{text: &text}
}

// Reveal returns the text itself, for the request that needs it; of the zero Secret, the empty text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// String returns a placeholder.
func (s Secret) String() string { return redacted }

// Format writes a placeholder, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText returns a placeholder, for JSON and YAML too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func redact(w io.Writer) {
	_, _ = io.WriteString(w, redacted) // fmt's own state takes every write
}
