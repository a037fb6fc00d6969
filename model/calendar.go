package model

import (
	"fmt"
	"time"
)

// MaxWindow is how much of the calendar one request may ask for: two months.
const MaxWindow = 62 * 24 * time.Hour

// Window is a part of the calendar, From included, To not.
type Window struct{ From, To time.Time }

// WindowAsk is how a part of the calendar may be named: by two instants, a month
// ("2026-11") or an ISO week ("2026-W47"), the latter two in the Brand's zone.
type WindowAsk struct {
	From, To    time.Time // zero for none
	Month, Week string
}

// In finds the window in a zone; exactly one way to name it must be used. It lies in the
// years that a planned time may lie in: beyond them databases and JSON have no time.
func (a WindowAsk) In(zone *time.Location) (w Window, err error) {
	instants, path := !a.From.IsZero() || !a.To.IsZero(), ""
	switch {
	case instants && a.Month == "" && a.Week == "":
		path = "query.from"
		w, err = a.between()
	case a.Month != "" && !instants && a.Week == "":
		path = "query.month"
		w, err = monthIn(a.Month, zone)
	case a.Week != "" && !instants && a.Month == "":
		path = "query.week"
		w, err = weekIn(a.Week, zone)
	default:
		return w, Invalid(Field("query.month", "one_of_month_week_from_to"))
	}
	if err == nil && (w.To.Year() < minScheduleYear || w.From.Year() > maxScheduleYear) {
		err = Invalid(Field(path, "out_of_range"))
	}
	return w, err
}

func (a WindowAsk) between() (Window, error) {
	switch {
	case a.From.IsZero():
		return Window{}, Invalid(Field("query.from", "required"))
	case a.To.IsZero():
		return Window{}, Invalid(Field("query.to", "required"))
	case !a.From.Before(a.To):
		return Window{}, Invalid(Field("query.to", "before_from"))
	case a.To.Sub(a.From) > MaxWindow:
		return Window{}, Invalid(Field("query.to", "longer_than_62_days"))
	}
	return Window{a.From.UTC(), a.To.UTC()}, nil
}

func monthIn(month string, zone *time.Location) (Window, error) {
	start, err := time.ParseInLocation("2006-01", month, zone)
	if err != nil {
		return Window{}, Invalid(Field("query.month", "malformed"))
	}
	return Window{start.UTC(), start.AddDate(0, 1, 0).UTC()}, nil
}

// weekIn: an ISO week begins on Monday, and week 1 holds January 4th.
func weekIn(week string, zone *time.Location) (Window, error) {
	var year, n int
	if read, err := fmt.Sscanf(week, "%4d-W%2d", &year, &n); err != nil || read != 2 || fmt.Sprintf("%04d-W%02d", year, n) != week {
		return Window{}, Invalid(Field("query.week", "malformed"))
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, zone)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday()+6)%7)+7*(n-1))
	if y, w := monday.ISOWeek(); y != year || w != n {
		return Window{}, Invalid(Field("query.week", "no_such_week"))
	}
	return Window{monday.UTC(), monday.AddDate(0, 0, 7).UTC()}, nil
}
