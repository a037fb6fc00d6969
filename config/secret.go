package config

import (
	"fmt"
	"io"
	"log/slog"
)

// mask stands for a secret wherever one would be printed.
const mask = "***"

// Secret is a text that no formatter prints: fmt, JSON, text, YAML and slog all
// show ***. Only Reveal gives it away, so a search for Reveal finds every use.
//
// It is a pointer in a struct and not a string type, because fmt cannot call
// methods on unexported fields: printing a struct that holds a string-typed
// secret in one would print the secret. Here it prints an address.
type Secret struct {
	_    [0]func() // not comparable: == would compare addresses
	text *string
}

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal is the secret itself, "" when there is none.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsSet says whether there is a secret.
func (s Secret) IsSet() bool { return s.text != nil }

// Equal says whether both hide the same text. It is not for judging what a
// client sent: its time depends on the texts.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// Format answers every verb of fmt, so that %d or %x leak nothing either.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// String is ***.
func (s Secret) String() string { return mask }

// GoString is ***.
func (s Secret) GoString() string { return mask }

// MarshalText is ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// MarshalJSON is "***".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// MarshalYAML is ***.
func (s Secret) MarshalYAML() (any, error) { return mask, nil }

// LogValue is ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }
