package main

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"math"

	"countersign/model"
	"countersign/service"
)

// seedPosts writes two drafts with pictures, which go the way of everybody's uploads.
func seedPosts(ctx context.Context, a *app, c service.Call, brandID, channel string) error {
	cover, err := upload(ctx, a, c, brandID, "封面.png", hills(900, 383))
	if err != nil {
		return err
	}
	inside, err := upload(ctx, a, c, brandID, "茶园.png", hills(640, 400))
	if err != nil {
		return err
	}
	_, err = a.service.Posts.Create(ctx, c, brandID, service.PostSpec{ChannelID: channel, Articles: []service.ArticleSpec{{Content: model.Content{
		Title: "春茶上新：明前龙井到店", Author: "青禾茶饮", Summary: "今年的第一口春天。", Cover: &model.MediaRef{ID: cover},
		BodyHTML: `<p>清明前采下的嫩芽，当天炒制，三日到店。</p><p><img src="media:` + inside + `" alt="清晨的茶园"></p><p>到店即可试饮，每日限量一百杯。</p>`,
	}}}})
	if err != nil {
		return err
	}
	weibo, err := a.service.Brands.CreateChannel(ctx, c, brandID, service.ChannelSpec{Name: "青禾茶饮微博", Platform: "weibo"})
	if err != nil {
		return err
	}
	_, err = a.service.Posts.Create(ctx, c, brandID, service.PostSpec{ChannelID: weibo, Articles: []service.ArticleSpec{{Content: model.Content{
		Text: "明前龙井今天到店，第一口春天等你来尝。", Hashtags: []string{"青禾茶饮", "春茶上新"}, Pictures: []model.MediaRef{{ID: inside}},
	}}}})
	return err
}

// upload sends a picture as a person does: announced, in parts, completed.
func upload(ctx context.Context, a *app, c service.Call, brandID, name string, img image.Image) (string, error) {
	var raw bytes.Buffer
	if err := png.Encode(&raw, img); err != nil {
		return "", err
	}
	size := int64(raw.Len())
	m := a.service.Media
	id, err := m.Start(ctx, c, brandID, service.MediaSpec{Name: name, Mime: "image/png", Bytes: size})
	if err != nil {
		return "", err
	}
	for n := 1; n <= model.PartsOf(size); n++ {
		if err := m.PutPart(ctx, c, brandID, id, n, model.PartBytes(size, n), "", &raw); err != nil {
			return "", err
		}
	}
	return id, m.Complete(ctx, c, brandID, id)
}

// hills draws a tea garden in the morning: a sun above rows of hills, each darker than
// the one behind it.
func hills(w, h int) image.Image {
	greens := color.Palette{
		color.RGBA{250, 240, 220, 255},
		color.RGBA{245, 200, 120, 255},
		color.RGBA{190, 214, 170, 255},
		color.RGBA{140, 186, 126, 255},
		color.RGBA{92, 150, 92, 255},
		color.RGBA{52, 110, 68, 255},
	}
	img := image.NewPaletted(image.Rect(0, 0, w, h), greens)
	for y := range h {
		for x := range w {
			img.SetColorIndex(x, y, colourAt(float64(x)/float64(h), float64(y)/float64(h)))
		}
	}
	return img
}

// colourAt is of the palette; places are in heights of the picture.
func colourAt(x, y float64) uint8 {
	for row := uint8(5); row > 1; row-- {
		n := float64(row)
		if ridge := 0.25 + 0.13*n + 0.06*math.Sin(x*(2+n)+n*1.7); y > ridge {
			return row
		}
	}
	if math.Hypot(x-1.1, y-0.3) < 0.12 {
		return 1
	}
	return 0
}
