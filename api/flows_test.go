package api_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/api"
	"countersign/internal/testkit"
	"countersign/model"
)

// What runs keeps its version, and every view of the flow says how many posts keep which.
func TestVersionsAndWhatRuns(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		a := testkit.NewApp(t, e, testkit.Options{})
		b := a.NewBrand(t)
		body := M{
			"name": "法务", "content_types": []string{"wechat_article"}, "platforms": []string{"wechat_official"},
			"steps": []M{{"mode": "any", "approvers": []string{b.AdminMember}}},
		}
		var flow api.FlowOut
		b.Admin.Do(t, "POST", b.Path+"/flows", body).Want(t, 200, &flow)
		at := b.Path + "/flows/" + flow.ID
		submit := func() {
			b.Submit(t, b.NewPost(t, testkit.Article("一", M{"flow_id": flow.ID}), testkit.Article("二", M{"flow_id": flow.ID})).ID)
		}
		submit()
		for n := 2; n <= 5; n++ {
			body["name"] = fmt.Sprint("法务 ", n)
			b.Admin.Do(t, "PUT", at, body, "If-Match", fmt.Sprintf(`"%d"`, n-1)).Want(t, 200, &flow)
		}
		submit()
		submit()
		want := []api.KeptOut{{VersionNumber: 5, Posts: 2}, {VersionNumber: 1, Posts: 1}}
		var one api.FlowOut
		b.Editor.Do(t, "GET", at, nil).Want(t, 200, &one)
		var list api.List[api.FlowOut]
		b.Editor.Do(t, "GET", b.Path+"/flows", nil).Want(t, 200, &list)
		var archived api.FlowOut
		b.Admin.Do(t, "DELETE", at, nil).Want(t, 200, &archived)
		for _, got := range [][]api.KeptOut{one.Running, list.Items[0].Running, archived.Running} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
		if !archived.Archived || one.Archived {
			t.Error(archived, one)
		}

		// The list of versions, in pages of two, newest first.
		var numbers []int
		testkit.EachPage(t, func(cursor string) string {
			var page api.List[api.FlowVersionOut]
			b.Editor.Do(t, "GET", at+"/versions?limit=2&cursor="+cursor, nil).Want(t, 200, &page)
			for _, v := range page.Items {
				numbers = append(numbers, v.Number)
				if v.CreatedBy != b.AdminMember || v.CreatedByName == "" || v.CreatedAt.IsZero() || v.Current != (v.Number == 5) || v.RunningPosts != map[int]int{5: 2, 1: 1}[v.Number] {
					t.Errorf("%+v", v)
				}
			}
			return page.NextCursor
		})
		if diff := cmp.Diff([]int{5, 4, 3, 2, 1}, numbers); diff != "" {
			t.Error(diff)
		}
		var third api.FlowVersionDetail
		b.Editor.Do(t, "GET", at+"/versions/3", nil).Want(t, 200, &third)
		if third.Name != "法务 3" || len(third.Steps) != 1 || third.Steps[0].Approvers[0] != b.AdminMember || third.Platforms[0] != "wechat_official" {
			t.Errorf("%+v", third)
		}
		b.Editor.Do(t, "GET", at+"/versions/6", nil).Refused(t, 404, model.CodeNotFound)
		b.Editor.Do(t, "GET", at+"/versions?cursor=MA", nil).Refused(t, 400, model.CodeInvalid)

		// Archived flows are listed apart.
		b.Editor.Do(t, "GET", b.Path+"/flows?status=archived", nil).Want(t, 200, &list)
		if len(list.Items) != 1 || list.Items[0].ID != flow.ID {
			t.Errorf("%+v", list.Items)
		}
		b.Editor.Do(t, "GET", b.Path+"/flows?status=live", nil).Want(t, 200, &list)
		if len(list.Items) != 1 || list.Items[0].ID != b.Flow {
			t.Errorf("%+v", list.Items)
		}
	})
}

// Members are searched by each of their names, and staff by e-mail; page by page.
func TestMemberSearch(t *testing.T) {
	t.Parallel()
	testkit.OnEach(t, func(t *testing.T, e testkit.Engine) {
		w := newWorld(t, e, testkit.Options{})
		a := w.brand["A"]
		alias := M{"alias": "100%_王!"}
		a.Admin.Do(t, "PATCH", a.Path+"/members/"+a.reviewer.Member, alias, "If-Match", `"1"`).Want(t, 200, nil)
		find := func(query string) (ids []string) {
			t.Helper()
			testkit.EachPage(t, func(cursor string) string {
				var page api.List[api.MemberOut]
				a.Editor.Do(t, "GET", a.Path+"/members?limit=1&"+query+"&cursor="+cursor, nil).Want(t, 200, &page)
				for _, m := range page.Items {
					ids = append(ids, m.ID)
				}
				return page.NextCursor
			})
			return ids
		}
		var nickname string
		if err := w.db.QueryRow("SELECT p.nickname FROM memberships m JOIN persons p ON p.id = m.person_id WHERE m.id = '" + a.reviewer.Member + "'").Scan(&nickname); err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string][]string{
			"q=0%25_":                        {a.reviewer.Member},
			"q=%25%25":                       nil,
			"q=_":                            {a.reviewer.Member},
			"q=!":                            {a.reviewer.Member},
			"q=" + url.QueryEscape(nickname): {a.reviewer.Member},
			"q=" + url.QueryEscape(nickname) + "&role=editor": nil,
			"q=" + a.AdminEmail:                 {a.AdminMember},
			"q=" + a.AdminEmail + "&role=admin": {a.AdminMember},
			"q=" + w.brand["B"].AdminEmail:      nil,
			"role=reviewer":                     {a.reviewer.Member},
			"q=removed&status=active":           nil,
		} {
			if diff := cmp.Diff(want, find(query)); diff != "" {
				t.Errorf("%s: %s", query, diff)
			}
		}
		if got := find("status=removed"); len(got) != 2 {
			t.Errorf("%d removed", len(got))
		}
		if got := find("q=REMOVED&status=removed"); len(got) != 1 {
			t.Errorf("%d removed editors by an e-mail in upper case", len(got))
		}
	})
}
