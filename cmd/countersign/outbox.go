package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"countersign/model"
	"countersign/service"
	"countersign/store"
)

const outboxUsage = `usage: countersign outbox list  [--reason CODE] [--config FILE]
       countersign outbox retry --id ID | --all [--reason CODE] [--config FILE]
`

// outboxOrder is what an operator asks for.
type outboxOrder struct {
	verb, id, reason, config string
	all                      bool
}

func parseOutbox(c call) (o outboxOrder, err error) {
	f := flags(c, "outbox")
	f.StringVar(&o.config, "config", "", "YAML file with settings")
	f.StringVar(&o.reason, "reason", "", "only those that were given up for this code")
	f.StringVar(&o.id, "id", "", "retry: this one")
	f.BoolVar(&o.all, "all", false, "retry: all, or all with the reason")
	rest := c.args
	if len(rest) > 0 {
		o.verb, rest = rest[0], rest[1:]
	}
	if err := f.Parse(rest); err != nil {
		return o, errUsage
	}
	retry := o.verb == "retry" && o.all == (o.id == "") && (o.id == "" || o.reason == "")
	if f.NArg() > 0 || !retry && (o.verb != "list" || o.id != "" || o.all) {
		_, _ = fmt.Fprint(c.stderr, outboxUsage)
		return o, errUsage
	}
	return o, nil
}

// outbox lists what was given up, or owes it anew once its reason is gone.
func outbox(ctx context.Context, c call) error {
	o, err := parseOutbox(c)
	if err != nil {
		return err
	}
	s, err := openMigrated(ctx, c, o.config)
	if err != nil {
		return err
	}
	if o.verb == "list" {
		err = o.list(ctx, s, c.stdout)
	} else {
		err = o.retry(ctx, s, c.stdout)
	}
	return errors.Join(worded(err), s.Close())
}

// list prints one line a message: what it tells, to whom, and why it was given up.
func (o outboxOrder) list(ctx context.Context, s *store.Store, w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(out, "ID\tGIVEN UP FOR\tTOPIC\tRECIPIENT\tBRAND\tATTEMPTS\tOWED SINCE") // a failure comes back from Flush
	err := o.each(ctx, s, func(list []model.OutboxMessage) error {
		for _, m := range list {
			_, _ = fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", m.ID, m.LastError, m.Topic, m.Recipient, m.BrandID, m.Attempts, m.CreatedAt.UTC().Format(time.RFC3339))
		}
		return nil
	})
	return errors.Join(err, out.Flush())
}

func (o outboxOrder) retry(ctx context.Context, s *store.Store, w io.Writer) error {
	moved := 0
	revive := func(list []model.OutboxMessage) error {
		n, err := service.Revive(ctx, s, list)
		moved += n
		return err
	}
	err := o.one(ctx, s, revive)
	if o.all {
		err = o.each(ctx, s, revive)
	}
	if err == nil {
		_, err = fmt.Fprintf(w, "%d will be sent again\n", moved)
	}
	return err
}

func (o outboxOrder) one(ctx context.Context, s *store.Store, visit func([]model.OutboxMessage) error) error {
	if o.id == "" {
		return nil
	}
	m, err := s.DeadOutboxOne(ctx, o.id)
	if err != nil {
		return err
	}
	return visit([]model.OutboxMessage{m})
}

// each visits what was given up, some at a time.
func (o outboxOrder) each(ctx context.Context, s *store.Store, visit func([]model.OutboxMessage) error) error {
	const page = 200
	for after := ""; ; {
		list, err := s.DeadOutbox(ctx, model.Code(o.reason), after, page)
		if err != nil || len(list) == 0 {
			return err
		}
		if err := visit(list); err != nil {
			return err
		}
		after = list[len(list)-1].ID
	}
}
