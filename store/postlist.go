package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"countersign/model"
)

// PostFilter narrows a list of Posts; zero values ask for nothing.
type PostFilter struct {
	Search   string // folded; part of the title
	State    model.PostState
	Platform string
	Channel  string
	Author   string     // Member
	From, To *time.Time // of the planned time; To is not included
}

// PostView is a Post as lists show it.
type PostView struct {
	model.Post
	ChannelName  string
	AuthorAlias  string
	AuthorName   string
	ArticleCount int
}

// Author is the name of who began the Post.
func (v PostView) Author() string { return model.DisplayName(v.AuthorAlias, v.AuthorName) }

// A list costs the same however many Posts a Brand has: it walks the rarest of its
// filters, each of which is one range of one index in the order of ids, and looks at a
// bounded number of its rows. When those do not fill the page, the page is short and its
// cursor goes on from there.
const (
	fewPosts   = 1000 // so few are all looked at
	firstPosts = 128  // of a longer walk
	mostPosts  = 5000
)

// walk is one range of an index: statement and arguments, and the column of the Post's id.
type walk struct {
	sql  string
	args []any
	id   string
	byID bool // the range is in the order of ids
}

func (f PostFilter) walks(brandID string) (out []walk) {
	post := func(column string, value any) {
		out = append(out, walk{"SELECT id FROM posts WHERE brand_id = ? AND " + column + " = ?", []any{brandID, value}, "id", true})
	}
	for _, term := range probes(f.Search) {
		out = append(out, walk{"SELECT post_id AS id FROM post_terms WHERE brand_id = ? AND term = ?", []any{brandID, term}, "post_id", true})
	}
	if f.State != "" {
		post("state", f.State)
	}
	if f.Platform != "" {
		post("platform", f.Platform)
	}
	if f.Channel != "" {
		post("channel_id", f.Channel)
	}
	if f.Author != "" {
		post("created_by", f.Author)
	}
	if f.From != nil || f.To != nil {
		from, to := f.span()
		out = append(out, walk{"SELECT id FROM posts WHERE brand_id = ? AND scheduled_at >= ? AND scheduled_at < ?", []any{brandID, from, to}, "id", false})
	}
	return append(out, walk{"SELECT id FROM posts WHERE brand_id = ?", []any{brandID}, "id", true})
}

// probes are up to eight terms of a search; whether the whole of it is in the title is
// asked of the title.
func probes(search string) []string {
	all := model.Probes(search)
	return all[:min(len(all), 8)]
}

var firstDay, lastDay = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

func (f PostFilter) span() (from, to time.Time) {
	from, to = firstDay, lastDay
	if f.From != nil {
		from = f.From.UTC()
	}
	if f.To != nil {
		to = f.To.UTC()
	}
	return from, to
}

// narrow asks the filters of each row p that the walk k met. It asks in a form that no
// index serves: an optimizer that sees one would walk it in place of k.
func (f PostFilter) narrow(q *gorm.DB) *gorm.DB {
	for column, value := range map[string]string{"p.state": string(f.State), "p.platform": f.Platform, "p.channel_id": f.Channel, "p.created_by": f.Author} {
		if value != "" {
			q = q.Where("COALESCE("+column+", '') = ?", value)
		}
	}
	if f.Search != "" {
		q = q.Where("INSTR(p.search_title, ?) > 0", f.Search)
	}
	if f.From != nil || f.To != nil {
		from, to := f.span()
		const planned = "CASE WHEN p.id = k.id THEN p.scheduled_at END"
		q = q.Where(planned+" >= ? AND "+planned+" < ?", from, to)
	}
	return q
}

// Posts lists a Brand's posts, newest first, with the cursor of the next page, "" on the
// last one.
func (r Reader) Posts(ctx context.Context, brandID string, f PostFilter, p Page) (list []PostView, next string, err error) {
	w, rows, err := r.rarest(ctx, f.walks(brandID))
	if err != nil {
		return nil, "", fault("posts", err)
	}
	sizes := []int{max(p.Limit+1, firstPosts), fewPosts, mostPosts}
	if rows < fewPosts {
		sizes = []int{fewPosts}
	}
	var ids []string
	for _, size := range sizes {
		found, last, more, err := r.look(ctx, w, f, p, size, rows < fewPosts)
		if err != nil {
			return nil, "", fault("posts", err)
		}
		if ids = append(ids, found...); len(ids) > p.Limit {
			ids = ids[:p.Limit]
			last, more = ids[p.Limit-1], true
		}
		if next = last; !more {
			next = ""
		}
		if !more || len(ids) == p.Limit {
			break
		}
		p.After = last
	}
	list, err = r.PostViews(ctx, brandID, ids)
	return list, next, err
}

// rarest finds the walk with the fewest rows; more than fewPosts are not counted. The
// last walk, over all posts, is for when there is no other.
func (r Reader) rarest(ctx context.Context, walks []walk) (walk, int, error) {
	if len(walks) == 1 {
		return walks[0], fewPosts, nil
	}
	var parts []string
	var args []any
	for i, w := range walks[:len(walks)-1] {
		parts = append(parts, "SELECT ? AS n, COUNT(*) AS c FROM ("+w.sql+" LIMIT ?) x")
		args = append(append(append(args, i), w.args...), fewPosts)
	}
	var counts []struct{ N, C int }
	if err := r.with(ctx).Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&counts).Error; err != nil {
		return walk{}, 0, err
	}
	best, least := walks[len(walks)-1], fewPosts
	for _, c := range counts {
		if c.C < least {
			best, least = walks[c.N], c.C
		}
	}
	if least == fewPosts && walks[0].byID { // all are long: any but the walk over everything
		best = walks[0]
	}
	return best, least, nil
}

// look walks size rows below the cursor and answers those that pass the filters, the last
// row it looked at, and whether there are more.
func (r Reader) look(ctx context.Context, w walk, f PostFilter, p Page, size int, whole bool) (ids []string, last string, more bool, err error) {
	sql, args := w.sql, slices.Clone(w.args)
	if p.After != "" {
		sql, args = sql+" AND "+w.id+" < ?", append(args, p.After)
	}
	if !whole {
		sql += " ORDER BY " + w.id + " DESC"
	}
	sql, args = sql+" LIMIT ?", append(args, size)
	q := r.with(ctx).Table("("+sql+") k", args...).Joins("JOIN posts p ON p.id = k.id")
	if err := f.narrow(q).Order("k.id DESC").Limit(p.Limit+1).Pluck("k.id", &ids).Error; err != nil || len(ids) > p.Limit || whole {
		return ids, "", false, err
	}
	var end struct {
		Last string
		N    int
	}
	err = r.with(ctx).Raw("SELECT COALESCE(MIN(id), '') AS last, COUNT(*) AS n FROM ("+sql+") k", args...).Scan(&end).Error
	return ids, end.Last, end.N == size, err
}

// PostViews reads Posts of a Brand as lists show them, in the order of ids.
func (r Reader) PostViews(ctx context.Context, brandID string, ids []string) ([]PostView, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []PostView
	const count = ", (SELECT COUNT(*) FROM articles a WHERE a.post_id = p.id AND a.removed_at IS NULL) AS article_count"
	err := r.postViews(ctx, count).Where("p.brand_id = ? AND p.id IN ?", brandID, ids).Scan(&rows).Error
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(rows, func(a, b PostView) int { return place[a.ID] - place[b.ID] })
	return rows, fault("post views", err)
}

// PostSheet reads a Post of a Brand with its articles: one query.
func (r Reader) PostSheet(ctx context.Context, brandID, id string) (v PostView, articles []ArticleView, err error) {
	type row struct {
		PostView
		Article ArticleView `gorm:"embedded;embeddedPrefix:article_"`
	}
	var rows []row
	q := r.postViews(ctx, ", "+articleColumns).Joins("JOIN articles a ON a.post_id = p.id AND a.removed_at IS NULL")
	err = written(q).Where("p.brand_id = ? AND p.id = ?", brandID, id).Scan(&rows).Error
	if err == nil && len(rows) == 0 {
		err = gorm.ErrRecordNotFound
	}
	slices.SortFunc(rows, func(x, y row) int { return x.Article.Position - y.Article.Position })
	for _, row := range rows {
		v, articles = row.PostView, append(articles, row.Article)
	}
	v.ArticleCount = len(articles)
	return v, articles, fault("post sheet", err)
}

func (r Reader) postViews(ctx context.Context, more string) *gorm.DB {
	return r.with(ctx).Table("posts p").Select("p.*, c.name AS channel_name, m.alias AS author_alias, u.name AS author_name" + more).
		Joins("JOIN channels c ON c.id = p.channel_id").Joins("JOIN memberships m ON m.id = p.created_by").Joins("LEFT JOIN users u ON u.id = m.user_id")
}
