package douyin

// For the tests of the vectors.
var (
	Sign        = sign
	Encode      = encode
	OpensDouyin = opensDouyin
)
