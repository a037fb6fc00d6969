package service

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"countersign/model"
)

// Sealer keeps secrets at rest with AES-256-GCM: first byte the format, then the
// nonce. It seals with the first key and opens with any, so that keys can be rotated.
// The purpose is bound in: what was sealed as one thing does not open as another.
type Sealer struct{ keys []cipher.AEAD }

const sealFormat = 1

// NewSealer takes keys of 32 bytes, the current one first.
func NewSealer(keys ...[]byte) (*Sealer, error) {
	s := &Sealer{}
	for _, k := range keys {
		block, err := aes.NewCipher(k)
		if err != nil || len(k) != 32 {
			return nil, errors.New("seal: a key must have 32 bytes")
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, fmt.Errorf("seal: %w", err)
		}
		s.keys = append(s.keys, aead)
	}
	if len(s.keys) == 0 {
		return nil, errors.New("seal: no key")
	}
	return s, nil
}

// Seal encrypts plain for a purpose.
func (s *Sealer) Seal(plain []byte, purpose string) ([]byte, error) {
	a := s.keys[0]
	out := make([]byte, 1+a.NonceSize(), 1+a.NonceSize()+len(plain)+a.Overhead())
	out[0] = sealFormat
	if _, err := rand.Read(out[1:]); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return a.Seal(out, out[1:], plain, []byte(purpose)), nil //nolint:gosec // the nonce was just drawn from crypto/rand
}

// Open decrypts what Seal made for the same purpose.
func (s *Sealer) Open(sealed []byte, purpose string) ([]byte, error) {
	n := 1 + s.keys[0].NonceSize()
	if len(sealed) < n || sealed[0] != sealFormat {
		return nil, model.E(model.CodeInternal).Because(errors.New("seal: not a sealed value"))
	}
	for _, a := range s.keys {
		if plain, err := a.Open(nil, sealed[1:n], sealed[n:], []byte(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, model.E(model.CodeInternal).Because(errors.New("seal: no key opens this value; was the secret key changed without keeping the previous one?"))
}
