package api_test

import (
	"testing"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// TestPatchByPost: a mini-program cannot send PATCH; it may say that its POST is one, and
// nothing else.
func TestPatchByPost(t *testing.T) {
	t.Parallel()
	a := testkit.NewApp(t, testkit.SQLite, testkit.Options{})
	phone, _ := a.Phone(t, "")
	const override = "X-HTTP-Method-Override"
	var me api.PersonOut
	phone.Do(t, "POST", api.Base+"/person", M{"nickname": "小满"}, override, "PATCH").Want(t, 200, &me)
	if me.Nickname != "小满" {
		t.Error("nickname", me.Nickname)
	}
	phone.Do(t, "POST", api.Base+"/person", M{"nickname": "x"}).Refused(t, 405, model.CodeMethodNotAllowed)
	phone.Do(t, "GET", api.Base+"/person", nil, override, "DELETE").Want(t, 200, nil)
	phone.Do(t, "POST", api.Base+"/person/bindings", nil, override, "DELETE").Refused(t, 400, model.CodeMalformed)
}
