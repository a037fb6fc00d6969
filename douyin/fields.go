package douyin

import "countersign/model"

// fields gathers what is wrong with a request.
type fields []model.FieldError

// when adds path with its reason if bad.
func (f *fields) when(bad bool, path, reason string) {
	if bad {
		*f = append(*f, model.Field(path, reason))
	}
}

// err is CodeInvalid with the wrong fields, or nil.
func (f fields) err() error {
	if len(f) == 0 {
		return nil
	}
	return model.Invalid(f...)
}
