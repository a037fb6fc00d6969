package miniprogram

import "errors"

// OutcomeUnknown asks an error as the services do, which do not know its type.
func OutcomeUnknown(err error) bool {
	var sent interface{ OutcomeUnknown() bool }
	return errors.As(err, &sent) && sent.OutcomeUnknown()
}
