-- +goose Up
-- The schema as of the first release; later migrations add to it and take nothing away
-- (ADR 35). Why a table or an index is there is said in migrations/mysql, which has the same
-- ones.
--
-- NOCASE is for what MySQL compares without regard to case. A migration is one transaction.

-- Who there is

CREATE TABLE brands (
  id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  public_name TEXT COLLATE NOCASE NOT NULL,
  time_zone TEXT NOT NULL,
  self_approval INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  lead_minutes INTEGER NOT NULL DEFAULT 10,
  blocking_rules TEXT NOT NULL DEFAULT '[]',
  named_posters INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);

CREATE TABLE users (
  id TEXT NOT NULL,
  email TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  password_hash TEXT NOT NULL,
  disabled_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  email_off BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_users_email ON users (email);

CREATE TABLE persons (
  id TEXT NOT NULL,
  app_id TEXT NOT NULL,
  open_id TEXT NOT NULL,
  union_id TEXT NOT NULL,
  nickname TEXT COLLATE NOCASE NOT NULL,
  language TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_persons_app_id_open_id ON persons (app_id, open_id);

CREATE TABLE bindings (
  person_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (person_id)
);
CREATE UNIQUE INDEX uq_bindings_user_id ON bindings (user_id);

CREATE TABLE memberships (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  user_id TEXT,
  person_id TEXT,
  role TEXT NOT NULL,
  alias TEXT COLLATE NOCASE NOT NULL,
  status TEXT NOT NULL,
  invitation_id TEXT,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_memberships_brand_id_user_id ON memberships (brand_id, user_id);
CREATE UNIQUE INDEX uq_memberships_brand_id_person_id ON memberships (brand_id, person_id);
CREATE INDEX ix_memberships_user_id ON memberships (user_id);
CREATE INDEX ix_memberships_person_id ON memberships (person_id);
CREATE INDEX ix_memberships_brand_id_id ON memberships (brand_id, id);

CREATE TABLE sessions (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  user_id TEXT,
  person_id TEXT,
  token_hash TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip_hash TEXT NOT NULL,
  last_seen_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  revoked_at DATETIME,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_sessions_token_hash ON sessions (token_hash);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_sessions_person_id ON sessions (person_id);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);

-- How somebody comes in

CREATE TABLE scenes (
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  brand_id TEXT,
  subject_id TEXT NOT NULL,
  session_id TEXT,
  token_hash TEXT NOT NULL,
  token_sealed BLOB NOT NULL,
  max_uses INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  expires_at DATETIME,
  revoked_at DATETIME,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_scenes_token_hash ON scenes (token_hash);
CREATE INDEX ix_scenes_subject_id_kind ON scenes (subject_id, kind);

CREATE TABLE invitations (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  scene_id TEXT NOT NULL,
  note TEXT COLLATE NOCASE NOT NULL,
  created_by TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_invitations_brand_id_id ON invitations (brand_id, id);

CREATE TABLE access_requests (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  person_id TEXT NOT NULL,
  invitation_id TEXT NOT NULL,
  nickname TEXT COLLATE NOCASE NOT NULL,
  state TEXT NOT NULL,
  waiting INTEGER,
  reason TEXT NOT NULL,
  decided_by TEXT,
  decided_by_name TEXT COLLATE NOCASE NOT NULL,
  decided_at DATETIME,
  unblocked_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_access_requests_brand_id_person_id_waiting ON access_requests (brand_id, person_id, waiting);
CREATE INDEX ix_access_requests_brand_id_state_id ON access_requests (brand_id, state, id);
CREATE INDEX ix_access_requests_brand_id_id ON access_requests (brand_id, id);
CREATE INDEX ix_access_requests_person_id_id ON access_requests (person_id, id);

-- By which rules a post is reviewed

CREATE TABLE flows (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  current_version INTEGER NOT NULL,
  archived_at DATETIME,
  live INTEGER,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_flows_brand_id_name_live ON flows (brand_id, name, live);
CREATE INDEX ix_flows_brand_id_id ON flows (brand_id, id);

CREATE TABLE flow_versions (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  flow_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  content_types TEXT NOT NULL,
  platforms TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_flow_versions_flow_id_number ON flow_versions (flow_id, number);

CREATE TABLE flow_steps (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  flow_version_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  mode TEXT NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_flow_steps_flow_version_id_position ON flow_steps (flow_version_id, position);

CREATE TABLE flow_approvers (
  flow_step_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (flow_step_id, member_id)
);
CREATE INDEX ix_flow_approvers_member_id ON flow_approvers (member_id);

CREATE TABLE channels (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  platform TEXT NOT NULL,
  platform_account_id TEXT COLLATE NOCASE NOT NULL,
  ai_review INTEGER NOT NULL,
  archived_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  own_setting INTEGER NOT NULL DEFAULT 0,
  default_flow_id TEXT,
  no_approval INTEGER NOT NULL DEFAULT 0,
  allow_change INTEGER NOT NULL DEFAULT 0,
  allow_none INTEGER NOT NULL DEFAULT 0,
  posters TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (id)
);
CREATE INDEX ix_channels_brand_id_id ON channels (brand_id, id);
CREATE INDEX ix_channels_default_flow_id ON channels (default_flow_id);
CREATE INDEX ix_channels_platform_account ON channels (platform, platform_account_id);

CREATE TABLE platform_settings (
  brand_id TEXT NOT NULL,
  platform TEXT NOT NULL,
  default_flow_id TEXT,
  no_approval INTEGER NOT NULL,
  allow_change INTEGER NOT NULL,
  allow_none INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (brand_id, platform)
);
CREATE INDEX ix_platform_settings_default_flow_id ON platform_settings (default_flow_id);

-- What is reviewed

CREATE TABLE posts (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  platform TEXT NOT NULL,
  content_type TEXT NOT NULL,
  title TEXT COLLATE NOCASE NOT NULL,
  state TEXT NOT NULL,
  scheduled_at DATETIME,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  package_digest TEXT NOT NULL DEFAULT '',
  search_title TEXT NOT NULL DEFAULT '',
  urged_at DATETIME,
  window_ends_at DATETIME,
  PRIMARY KEY (id)
);
CREATE INDEX ix_posts_brand_id_id ON posts (brand_id, id);
CREATE INDEX ix_posts_brand_id_state_id ON posts (brand_id, state, id);
CREATE INDEX ix_posts_brand_id_scheduled_at_id ON posts (brand_id, scheduled_at, id);
CREATE INDEX ix_posts_brand_id_state_scheduled_at ON posts (brand_id, state, scheduled_at);
CREATE INDEX ix_posts_brand_id_platform_id ON posts (brand_id, platform, id);
CREATE INDEX ix_posts_brand_id_channel_id_id ON posts (brand_id, channel_id, id);
CREATE INDEX ix_posts_brand_id_created_by_id ON posts (brand_id, created_by, id);
CREATE INDEX ix_posts_state_scheduled_at ON posts (state, scheduled_at);
CREATE INDEX ix_posts_state_window_ends_at ON posts (state, window_ends_at);

CREATE TABLE post_terms (
  brand_id TEXT NOT NULL,
  term TEXT NOT NULL,
  post_id TEXT NOT NULL,
  PRIMARY KEY (brand_id, term, post_id)
) WITHOUT ROWID;

CREATE TABLE articles (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  state TEXT NOT NULL,
  title TEXT COLLATE NOCASE NOT NULL,
  revision_number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  flow_id TEXT,
  no_flow INTEGER NOT NULL,
  kept_flow_version_id TEXT,
  review_id TEXT,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  removed_at DATETIME,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_articles_post_id_position ON articles (post_id, position);

CREATE TABLE revisions (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  content BLOB NOT NULL,
  created_by TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_revisions_article_id_number ON revisions (article_id, number);

CREATE TABLE media (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  mime TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  duration_ms INTEGER NOT NULL,
  thumb INTEGER NOT NULL,
  blob_key TEXT NOT NULL,
  state TEXT NOT NULL,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
);
CREATE INDEX ix_media_brand_id_state_id ON media (brand_id, state, id);
CREATE INDEX ix_media_state_used_updated_at ON media (state, used, updated_at);
CREATE INDEX ix_media_brand_id_id ON media (brand_id, id);
CREATE INDEX ix_media_brand_id_kind_id ON media (brand_id, kind, id);

CREATE TABLE media_parts (
  media_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  brand_id TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (media_id, number)
);

CREATE TABLE media_uses (
  media_id TEXT NOT NULL,
  revision_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (media_id, revision_id)
);

CREATE TABLE media_usage (
  brand_id TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (brand_id)
);

-- The review

CREATE TABLE reviews (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  title TEXT COLLATE NOCASE NOT NULL,
  revision_number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  flow_id TEXT,
  flow_version_id TEXT,
  state TEXT NOT NULL,
  step_position INTEGER NOT NULL,
  submitted_by TEXT NOT NULL,
  ended_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  package_digest TEXT NOT NULL DEFAULT '',
  flow_origin TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_reviews_article_id_round ON reviews (article_id, round);
CREATE INDEX ix_reviews_post_id ON reviews (post_id);
CREATE INDEX ix_reviews_flow_id_state ON reviews (flow_id, state);

CREATE TABLE review_steps (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  mode TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at DATETIME,
  version INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_review_steps_review_id_position ON review_steps (review_id, position);
CREATE INDEX ix_review_steps_brand_id_state ON review_steps (brand_id, state);

CREATE TABLE tasks (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  review_step_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  state TEXT NOT NULL,
  shelf TEXT NOT NULL,
  sorted_at DATETIME NOT NULL,
  settled_by TEXT,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  turn INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_tasks_review_step_id_member_id ON tasks (review_step_id, member_id);
CREATE INDEX ix_tasks_member_id_shelf_sorted_at_id ON tasks (member_id, shelf, sorted_at, id);
CREATE INDEX ix_tasks_review_id ON tasks (review_id);
CREATE INDEX ix_tasks_post_id ON tasks (post_id);
CREATE INDEX ix_tasks_article_id_member_id ON tasks (article_id, member_id);

CREATE TABLE decisions (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  review_step_id TEXT NOT NULL,
  task_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  user_id TEXT,
  person_id TEXT,
  name TEXT COLLATE NOCASE NOT NULL,
  nickname TEXT COLLATE NOCASE NOT NULL,
  action TEXT NOT NULL,
  reason TEXT NOT NULL,
  keep_flow INTEGER NOT NULL,
  digest TEXT NOT NULL,
  settles INTEGER,
  via TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  deputy_id TEXT,
  turn INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_decisions_review_step_id_settles ON decisions (review_step_id, settles);
CREATE INDEX ix_decisions_review_id ON decisions (review_id);
CREATE UNIQUE INDEX uq_decisions_task_id_turn ON decisions (task_id, turn);

CREATE TABLE undos (
  decision_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  review_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (decision_id)
);
CREATE INDEX ix_undos_review_id ON undos (review_id);

CREATE TABLE deputies (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  deputy_id TEXT NOT NULL,
  from_at DATETIME NOT NULL,
  until_at DATETIME NOT NULL,
  ended_at DATETIME,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_deputies_deputy_id_until_at ON deputies (deputy_id, until_at);
CREATE INDEX ix_deputies_member_id_until_at ON deputies (member_id, until_at);
CREATE INDEX ix_deputies_brand_id_id ON deputies (brand_id, id);

-- What is said about it

CREATE TABLE comments (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  thread_id TEXT NOT NULL,
  member_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  visibility TEXT NOT NULL,
  revision_number INTEGER NOT NULL,
  anchor TEXT NOT NULL,
  block INTEGER,
  quote TEXT NOT NULL,
  media_id TEXT NOT NULL,
  media_sha256 TEXT NOT NULL,
  offset_ms INTEGER,
  body TEXT NOT NULL,
  unresolved INTEGER NOT NULL,
  resolved_by TEXT,
  resolved_by_name TEXT COLLATE NOCASE NOT NULL,
  resolved_at DATETIME,
  edited_at DATETIME,
  deleted_at DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_comments_article_id_id ON comments (article_id, id);
CREATE INDEX ix_comments_thread_id ON comments (thread_id);
CREATE INDEX ix_comments_post_id ON comments (post_id);
CREATE INDEX ix_comments_article_id_visibility_id ON comments (article_id, visibility, id);
CREATE INDEX ix_comments_article_id_unresolved_visibility_revision ON comments (article_id, unresolved, visibility, revision_number);

CREATE TABLE seen_marks (
  member_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  revision_number INTEGER NOT NULL,
  seen_at DATETIME NOT NULL,
  PRIMARY KEY (member_id, article_id)
);

CREATE TABLE word_lists (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  name TEXT COLLATE NOCASE NOT NULL,
  severity TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  words TEXT NOT NULL,
  count INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_word_lists_brand_id_id ON word_lists (brand_id, id);

CREATE TABLE ai_reports (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  article_id TEXT NOT NULL,
  revision_number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  sources TEXT NOT NULL,
  findings TEXT NOT NULL,
  rules_version TEXT NOT NULL,
  asked INTEGER NOT NULL,
  asked_by TEXT NOT NULL,
  next_at DATETIME NOT NULL,
  lease_owner TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_ai_reports_article_id_digest ON ai_reports (article_id, digest);
CREATE INDEX ix_ai_reports_next_at ON ai_reports (next_at);

CREATE TABLE ai_usage (
  brand_id TEXT NOT NULL,
  day TEXT NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY (brand_id, day)
);

-- Publishing by scanning

CREATE TABLE tickets (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  live_post_id TEXT,
  token_hash TEXT NOT NULL,
  token_sealed BLOB NOT NULL,
  issued_by TEXT NOT NULL,
  issued_at DATETIME NOT NULL,
  starts_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  early_at DATETIME,
  early_by TEXT,
  early_reason TEXT NOT NULL,
  revoked_at DATETIME,
  openings INTEGER NOT NULL,
  lease_opening TEXT,
  lease_device TEXT NOT NULL,
  lease_agent TEXT NOT NULL,
  lease_since DATETIME,
  lease_until DATETIME,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_tickets_token_hash ON tickets (token_hash);
CREATE UNIQUE INDEX uq_tickets_live_post_id ON tickets (live_post_id);
CREATE INDEX ix_tickets_post_id_id ON tickets (post_id, id);

CREATE TABLE openings (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  ticket_id TEXT NOT NULL,
  idem_key TEXT NOT NULL,
  way TEXT NOT NULL,
  share_id TEXT,
  launch_way TEXT NOT NULL,
  member_id TEXT,
  device_hash TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  ip_hash TEXT NOT NULL,
  early INTEGER NOT NULL,
  took_over INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_openings_ticket_id_idem_key ON openings (ticket_id, idem_key);
CREATE UNIQUE INDEX uq_openings_share_id ON openings (share_id);
CREATE INDEX ix_openings_post_id_id ON openings (post_id, id);

CREATE TABLE publications (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  post_id TEXT NOT NULL,
  opening_id TEXT,
  source TEXT NOT NULL,
  fact_key TEXT NOT NULL,
  share_id TEXT NOT NULL,
  item_id TEXT NOT NULL,
  video_id TEXT NOT NULL,
  url TEXT NOT NULL,
  open_id TEXT NOT NULL,
  account TEXT NOT NULL,
  late INTEGER NOT NULL,
  second INTEGER NOT NULL,
  unready INTEGER NOT NULL,
  member_id TEXT,
  name TEXT NOT NULL,
  at DATETIME NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_publications_fact_key ON publications (fact_key);
CREATE INDEX ix_publications_post_id_id ON publications (post_id, id);

-- What an act leaves

CREATE TABLE audit (
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at DATETIME NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor_name TEXT COLLATE NOCASE NOT NULL,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  before_json BLOB NOT NULL,
  after_json BLOB NOT NULL,
  request_id TEXT NOT NULL,
  ip_hash TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (brand_id, seq)
);
CREATE INDEX ix_audit_brand_id_actor_id_seq ON audit (brand_id, actor_id, seq);
CREATE INDEX ix_audit_brand_id_action_seq ON audit (brand_id, action, seq);
CREATE INDEX ix_audit_brand_id_subject_id_seq ON audit (brand_id, subject_id, seq);

CREATE TABLE audit_heads (
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (brand_id)
);

CREATE TABLE events (
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at DATETIME NOT NULL,
  subject_kind TEXT NOT NULL DEFAULT '',
  actor_kind TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (brand_id, seq)
);
CREATE INDEX ix_events_at ON events (at);

CREATE TABLE idempotency_keys (
  principal TEXT NOT NULL,
  idem_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  answer BLOB NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (principal, idem_key)
);
CREATE INDEX ix_idempotency_keys_created_at ON idempotency_keys (created_at);

-- Who is told

CREATE TABLE outbox (
  id TEXT NOT NULL,
  dedup_key TEXT NOT NULL,
  topic TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  payload BLOB NOT NULL,
  state TEXT NOT NULL,
  next_at DATETIME NOT NULL,
  lease_owner TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  recipient TEXT NOT NULL DEFAULT '',
  spent_template TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_outbox_dedup_key ON outbox (dedup_key);
CREATE INDEX ix_outbox_state_next_at ON outbox (state, next_at);
CREATE INDEX ix_outbox_recipient_state ON outbox (recipient, state);
CREATE INDEX ix_outbox_brand_id_state_id ON outbox (brand_id, state, id);

CREATE TABLE notice_paces (
  recipient TEXT NOT NULL,
  next_at DATETIME NOT NULL,
  PRIMARY KEY (recipient)
);
CREATE INDEX ix_notice_paces_next_at ON notice_paces (next_at);

CREATE TABLE message_grants (
  person_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  remaining INTEGER NOT NULL,
  refused BOOLEAN NOT NULL,
  reported INTEGER NOT NULL,
  pushed INTEGER NOT NULL,
  tap_at DATETIME NOT NULL,
  changed_by TEXT NOT NULL,
  changed_at DATETIME NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (person_id, template_id)
);

CREATE TABLE reminders (
  task_id TEXT NOT NULL,
  rung TEXT NOT NULL,
  scheduled_at DATETIME NOT NULL,
  told BOOLEAN NOT NULL,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (task_id, rung, scheduled_at)
);
CREATE INDEX ix_reminders_created_at ON reminders (created_at);

CREATE TABLE webhooks (
  id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  url TEXT NOT NULL,
  description TEXT NOT NULL,
  kinds TEXT NOT NULL,
  active INTEGER NOT NULL,
  off_reason TEXT NOT NULL,
  off_at DATETIME NULL,
  secret BLOB NOT NULL,
  old_secret BLOB NOT NULL,
  old_secret_until DATETIME NULL,
  planned_seq INTEGER NOT NULL,
  next_at DATETIME NOT NULL,
  hold_until DATETIME NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_until DATETIME NOT NULL,
  failures INTEGER NOT NULL,
  failing_since DATETIME NULL,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_webhooks_brand_id_id ON webhooks (brand_id, id);

CREATE TABLE webhook_deliveries (
  id TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  brand_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  at DATETIME NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at DATETIME NOT NULL,
  status INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  created_at DATETIME NOT NULL,
  delivered_at DATETIME NULL,
  PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_webhook_deliveries_webhook_id_seq ON webhook_deliveries (webhook_id, seq);
CREATE INDEX ix_webhook_deliveries_webhook_id_id ON webhook_deliveries (webhook_id, id);
CREATE INDEX ix_webhook_deliveries_state_next_at ON webhook_deliveries (state, next_at);
CREATE INDEX ix_webhook_deliveries_created_at ON webhook_deliveries (created_at);
CREATE INDEX ix_webhook_deliveries_webhook_id_state_next_at_seq ON webhook_deliveries (webhook_id, state, next_at, seq);
CREATE INDEX ix_webhook_deliveries_webhook_id_state_id ON webhook_deliveries (webhook_id, state, id);
