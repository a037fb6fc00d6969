-- +goose Up
-- The schema as of the first release; later migrations add to it and take nothing away
-- (ADR 35). Why a table or an index is there is said here; migrations/sqlite has the same
-- ones, which a test compares.
--
-- MySQL commits each statement by itself. IF NOT EXISTS lets a run that was killed half-way
-- be repeated.
--
-- Ids, tokens, digests and words of the code are ASCII and compared byte by byte. Names are
-- compared without regard to case. Times are UTC, to the millisecond, and come from this
-- server's clock (ADR 11). There are no foreign keys (ADR 9).
--
-- uq_ is a judge: of several who do a thing at once, it lets one. NULL never equals NULL, so
-- a column that is NULL in all rows but the one that counts makes "one at a time". ix_ is a
-- way to read; those that end in id or seq are pages in the order of creation.

-- Who there is

-- The tenants. Every row of what follows, people and their sessions excepted, is of one.
CREATE TABLE IF NOT EXISTS brands (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  public_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  time_zone VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  self_approval TINYINT(1) NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  lead_minutes INT NOT NULL DEFAULT 10,
  blocking_rules VARCHAR(4096) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '[]',
  named_posters TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Console accounts. email is in lower case, so that it is unique whatever its case.
CREATE TABLE IF NOT EXISTS users (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  email VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  password_hash VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  disabled_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  email_off BOOLEAN NOT NULL DEFAULT FALSE,
  PRIMARY KEY (id),
  UNIQUE KEY uq_users_email (email)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- WeChat identities. The first login of one may arrive several times at once.
CREATE TABLE IF NOT EXISTS persons (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  app_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  open_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  union_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  nickname VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  language VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_persons_app_id_open_id (app_id, open_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- A Person is one User's, and a User has one Person.
CREATE TABLE IF NOT EXISTS bindings (
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (person_id),
  UNIQUE KEY uq_bindings_user_id (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Who is what in a Brand: a User or a Person, the other is NULL. Who was removed keeps his row
-- for the history, and gets it back when he returns.
CREATE TABLE IF NOT EXISTS memberships (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  role VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  alias VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  status VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  invitation_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_memberships_brand_id_user_id (brand_id, user_id),
  UNIQUE KEY uq_memberships_brand_id_person_id (brand_id, person_id),
  KEY ix_memberships_user_id (user_id),
  KEY ix_memberships_person_id (person_id),
  KEY ix_memberships_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- The token itself is known to its holder alone. By end: the sweep.
CREATE TABLE IF NOT EXISTS sessions (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_agent VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ip_hash VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  last_seen_at DATETIME(3) NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  revoked_at DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_sessions_token_hash (token_hash),
  KEY ix_sessions_user_id (user_id),
  KEY ix_sessions_person_id (person_id),
  KEY ix_sessions_expires_at (expires_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- How somebody comes in

-- What a code or a link carries. token_sealed draws a code again; token_hash finds it. By
-- subject: the newest code of an invitation, of a session that binds.
CREATE TABLE IF NOT EXISTS scenes (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  subject_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  token_sealed VARBINARY(512) NOT NULL,
  max_uses INT NOT NULL,
  uses INT NOT NULL,
  expires_at DATETIME(3) NULL,
  revoked_at DATETIME(3) NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_scenes_token_hash (token_hash),
  KEY ix_scenes_subject_id_kind (subject_id, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS invitations (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scene_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  note VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_invitations_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- waiting is 1 or NULL: a Person asks a Brand once at a time, and again after a refusal.
-- By state: the list and the count of those who wait. By person: what he asked.
CREATE TABLE IF NOT EXISTS access_requests (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  invitation_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  nickname VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  waiting TINYINT(1),
  reason TEXT COLLATE utf8mb4_bin NOT NULL,
  decided_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  decided_by_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  decided_at DATETIME(3) NULL,
  unblocked_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_access_requests_brand_id_person_id_waiting (brand_id, person_id, waiting),
  KEY ix_access_requests_brand_id_state_id (brand_id, state, id),
  KEY ix_access_requests_brand_id_id (brand_id, id),
  KEY ix_access_requests_person_id_id (person_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- By which rules a post is reviewed

-- live is 1 or NULL: a name is free again once its flow is archived.
CREATE TABLE IF NOT EXISTS flows (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  current_version INT NOT NULL,
  archived_at DATETIME(3) NULL,
  live TINYINT(1),
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_flows_brand_id_name_live (brand_id, name, live),
  KEY ix_flows_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Never changed: a running review keeps the version that it began with.
CREATE TABLE IF NOT EXISTS flow_versions (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  content_types TEXT COLLATE utf8mb4_bin NOT NULL,
  platforms TEXT COLLATE utf8mb4_bin NOT NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_flow_versions_flow_id_number (flow_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS flow_steps (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  flow_version_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position INT NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  mode VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_flow_steps_flow_version_id_position (flow_version_id, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

CREATE TABLE IF NOT EXISTS flow_approvers (
  flow_step_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position INT NOT NULL,
  PRIMARY KEY (flow_step_id, member_id),
  KEY ix_flow_approvers_member_id (member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- By default flow: what an edit or an end of the flow concerns. By account: whose channels an
-- account of a platform is, when the platform tells that it gave or took its leave; 64
-- characters of it are enough to find the few.
CREATE TABLE IF NOT EXISTS channels (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  platform VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  platform_account_id VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  ai_review TINYINT(1) NOT NULL,
  archived_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  own_setting TINYINT(1) NOT NULL DEFAULT 0,
  default_flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  no_approval TINYINT(1) NOT NULL DEFAULT 0,
  allow_change TINYINT(1) NOT NULL DEFAULT 0,
  allow_none TINYINT(1) NOT NULL DEFAULT 0,
  posters VARCHAR(512) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '[]',
  PRIMARY KEY (id),
  KEY ix_channels_brand_id_id (brand_id, id),
  KEY ix_channels_default_flow_id (default_flow_id),
  KEY ix_channels_platform_account (platform, platform_account_id(64))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- By default flow: as for channels.
CREATE TABLE IF NOT EXISTS platform_settings (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  platform VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  default_flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  no_approval TINYINT(1) NOT NULL,
  allow_change TINYINT(1) NOT NULL,
  allow_none TINYINT(1) NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (brand_id, platform),
  KEY ix_platform_settings_default_flow_id (default_flow_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- What is reviewed

-- title is the lead's; search_title is title, folded. window_ends_at is set where publishing is
-- by scanning. By brand and a filter: one range each for lists, calendar and counts
-- (ADR 19). By state alone, over all brands: reminders before the planned time, windows
-- that are over.
CREATE TABLE IF NOT EXISTS posts (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  channel_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  platform VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content_type VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scheduled_at DATETIME(3) NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  package_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  search_title VARCHAR(255) COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  urged_at DATETIME(3) NULL,
  window_ends_at DATETIME(3) NULL,
  PRIMARY KEY (id),
  KEY ix_posts_brand_id_id (brand_id, id),
  KEY ix_posts_brand_id_state_id (brand_id, state, id),
  KEY ix_posts_brand_id_scheduled_at_id (brand_id, scheduled_at, id),
  KEY ix_posts_brand_id_state_scheduled_at (brand_id, state, scheduled_at),
  KEY ix_posts_brand_id_platform_id (brand_id, platform, id),
  KEY ix_posts_brand_id_channel_id_id (brand_id, channel_id, id),
  KEY ix_posts_brand_id_created_by_id (brand_id, created_by, id),
  KEY ix_posts_state_scheduled_at (state, scheduled_at),
  KEY ix_posts_state_window_ends_at (state, window_ends_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Single characters and pairs of neighbours of search_title: the search (ADR 19).
CREATE TABLE IF NOT EXISTS post_terms (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  term VARCHAR(16) COLLATE utf8mb4_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (brand_id, term, post_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin ROW_FORMAT=DYNAMIC;

-- An article that was removed keeps its row, at a position of its own.
CREATE TABLE IF NOT EXISTS articles (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position INT NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  revision_number INT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  no_flow TINYINT(1) NOT NULL,
  kept_flow_version_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  removed_at DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_articles_post_id_position (post_id, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Never changed. content is the canonical form that digest is of.
CREATE TABLE IF NOT EXISTS revisions (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content LONGBLOB NOT NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_revisions_article_id_number (article_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- used says without a count whether a Revision shows it, or did. By brand, and kind or state:
-- lists. By state, use and last change: what nobody needs any more.
CREATE TABLE IF NOT EXISTS media (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(200) NOT NULL,
  mime VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  width INT NOT NULL,
  height INT NOT NULL,
  duration_ms BIGINT NOT NULL,
  thumb TINYINT(1) NOT NULL,
  blob_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  used TINYINT(1) NOT NULL DEFAULT 0,
  PRIMARY KEY (id),
  KEY ix_media_brand_id_state_id (brand_id, state, id),
  KEY ix_media_state_used_updated_at (state, used, updated_at),
  KEY ix_media_brand_id_id (brand_id, id),
  KEY ix_media_brand_id_kind_id (brand_id, kind, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- An upload that goes on; deleted when it is whole.
CREATE TABLE IF NOT EXISTS media_parts (
  media_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bytes BIGINT NOT NULL,
  sha256 VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (media_id, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Which Revisions show a file; while there is one, it stays.
CREATE TABLE IF NOT EXISTS media_uses (
  media_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  number INT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (media_id, revision_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- One row a Brand, so that uploads at once cannot pass its quota.
CREATE TABLE IF NOT EXISTS media_usage (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (brand_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- The review

-- By post: its state. By flow and state: running posts that an edit of the flow concerns.
CREATE TABLE IF NOT EXISTS reviews (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round INT NOT NULL,
  title VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  revision_number INT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  flow_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  flow_version_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  step_position INT NOT NULL,
  submitted_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ended_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  package_digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  flow_origin VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  UNIQUE KEY uq_reviews_article_id_round (article_id, round),
  KEY ix_reviews_post_id (post_id),
  KEY ix_reviews_flow_id_state (flow_id, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- attempt is how often the step was open. By brand and state: blocked steps.
CREATE TABLE IF NOT EXISTS review_steps (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  position INT NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  mode VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ended_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  attempt INT NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY uq_review_steps_review_id_position (review_id, position),
  KEY ix_review_steps_brand_id_state (brand_id, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- turn is how often it could be answered. By member, shelf and last move: the inbox (ADR 8).
-- By article and member: what a reviewer was shown.
CREATE TABLE IF NOT EXISTS tasks (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_step_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  shelf VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sorted_at DATETIME(3) NOT NULL,
  settled_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  turn INT NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY uq_tasks_review_step_id_member_id (review_step_id, member_id),
  KEY ix_tasks_member_id_shelf_sorted_at_id (member_id, shelf, sorted_at, id),
  KEY ix_tasks_review_id (review_id),
  KEY ix_tasks_post_id (post_id),
  KEY ix_tasks_article_id_member_id (article_id, member_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Never changed. One answer for each time that a turn is open, and one that ends a step each
-- time that it is open: an answer that was taken back stays, and the next one has the next
-- number. settles is the step's attempt, or NULL.
CREATE TABLE IF NOT EXISTS decisions (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_step_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  task_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  nickname VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  action VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason TEXT COLLATE utf8mb4_bin NOT NULL,
  keep_flow TINYINT(1) NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settles INT,
  via VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  deputy_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  turn INT NOT NULL DEFAULT 1,
  PRIMARY KEY (id),
  UNIQUE KEY uq_decisions_review_step_id_settles (review_step_id, settles),
  KEY ix_decisions_review_id (review_id),
  UNIQUE KEY uq_decisions_task_id_turn (task_id, turn)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- A decision is taken back once.
CREATE TABLE IF NOT EXISTS undos (
  decision_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  review_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (decision_id),
  KEY ix_undos_review_id (review_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- By deputy and by member: who stands in for whom now.
CREATE TABLE IF NOT EXISTS deputies (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  deputy_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  from_at DATETIME(3) NOT NULL,
  until_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_deputies_deputy_id_until_at (deputy_id, until_at),
  KEY ix_deputies_member_id_until_at (member_id, until_at),
  KEY ix_deputies_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- What is said about it

-- The first of a thread has its own id as thread_id. By article: the talk, all of it or what
-- reviewers may see, and which threads are open.
CREATE TABLE IF NOT EXISTS comments (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  thread_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  visibility VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision_number INT NOT NULL,
  anchor VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  block INT,
  quote TEXT COLLATE utf8mb4_bin NOT NULL,
  media_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  media_sha256 VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  offset_ms BIGINT,
  body TEXT COLLATE utf8mb4_bin NOT NULL,
  unresolved TINYINT(1) NOT NULL,
  resolved_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
  resolved_by_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  resolved_at DATETIME(3) NULL,
  edited_at DATETIME(3) NULL,
  deleted_at DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_comments_article_id_id (article_id, id),
  KEY ix_comments_thread_id (thread_id),
  KEY ix_comments_post_id (post_id),
  KEY ix_comments_article_id_visibility_id (article_id, visibility, id),
  KEY ix_comments_article_id_unresolved_visibility_revision (article_id, unresolved, visibility, revision_number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- The version that a member says he has read last.
CREATE TABLE IF NOT EXISTS seen_marks (
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision_number INT NOT NULL,
  seen_at DATETIME(3) NOT NULL,
  PRIMARY KEY (member_id, article_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- A brand's own words that local rules look for.
CREATE TABLE IF NOT EXISTS word_lists (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  severity VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enabled TINYINT(1) NOT NULL,
  words LONGTEXT COLLATE utf8mb4_bin NOT NULL,
  count INT NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_word_lists_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- One per content: saves at once of the same text are looked through once. By time: what is
-- due.
CREATE TABLE IF NOT EXISTS ai_reports (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  article_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  revision_number INT NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  sources TEXT COLLATE utf8mb4_bin NOT NULL,
  findings LONGTEXT COLLATE utf8mb4_bin NOT NULL,
  rules_version VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  asked INT NOT NULL,
  asked_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  next_at DATETIME(3) NOT NULL,
  lease_owner VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempts INT NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_ai_reports_article_id_digest (article_id, digest),
  KEY ix_ai_reports_next_at (next_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- What a brand spent in a day (UTC), which the day's bound is compared with.
CREATE TABLE IF NOT EXISTS ai_usage (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  day CHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  tokens BIGINT NOT NULL,
  PRIMARY KEY (brand_id, day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Publishing by scanning

-- live_post_id is the post until the code is revoked, then NULL: a post has one live code. The
-- lease_ columns are who has it open.
CREATE TABLE IF NOT EXISTS tickets (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  live_post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  token_sealed LONGBLOB NOT NULL,
  issued_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  issued_at DATETIME(3) NOT NULL,
  starts_at DATETIME(3) NOT NULL,
  expires_at DATETIME(3) NOT NULL,
  early_at DATETIME(3) NULL,
  early_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  early_reason VARCHAR(1000) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  revoked_at DATETIME(3) NULL,
  openings INT NOT NULL,
  lease_opening CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  lease_device CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_agent VARCHAR(64) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  lease_since DATETIME(3) NULL,
  lease_until DATETIME(3) NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_tickets_token_hash (token_hash),
  UNIQUE KEY uq_tickets_live_post_id (live_post_id),
  KEY ix_tickets_post_id_id (post_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- The same tap is the same opening. By share id: what Douyin tells of later.
CREATE TABLE IF NOT EXISTS openings (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ticket_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idem_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  way VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  share_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
  launch_way VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  device_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_agent VARCHAR(64) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  ip_hash VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  early TINYINT(1) NOT NULL,
  took_over TINYINT(1) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_openings_ticket_id_idem_key (ticket_id, idem_key),
  UNIQUE KEY uq_openings_share_id (share_id),
  KEY ix_openings_post_id_id (post_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Never changed. The same fact told twice is one row.
CREATE TABLE IF NOT EXISTS publications (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  post_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  opening_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  source VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fact_key VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  share_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  video_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  url VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  open_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  late TINYINT(1) NOT NULL,
  second TINYINT(1) NOT NULL,
  unready TINYINT(1) NOT NULL,
  member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  name VARCHAR(64) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  at DATETIME(3) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_publications_fact_key (fact_key),
  KEY ix_publications_post_id_id (post_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- What an act leaves

-- A chain of its own per brand. By subject, actor and action: lists with a filter, newest
-- first.
CREATE TABLE IF NOT EXISTS audit (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  at DATETIME(3) NOT NULL,
  actor_kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_name VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  action VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  before_json LONGBLOB NOT NULL,
  after_json LONGBLOB NOT NULL,
  request_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ip_hash VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  prev_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (brand_id, seq),
  KEY ix_audit_brand_id_actor_id_seq (brand_id, actor_id, seq),
  KEY ix_audit_brand_id_action_seq (brand_id, action, seq),
  KEY ix_audit_brand_id_subject_id_seq (brand_id, subject_id, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- The end of each chain: the one row that every act of a brand locks, just before its commit.
CREATE TABLE IF NOT EXISTS audit_heads (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (brand_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- The same seq as the audit entry. By time: the sweep.
CREATE TABLE IF NOT EXISTS events (
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at DATETIME(3) NOT NULL,
  subject_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  actor_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (brand_id, seq),
  KEY ix_events_at (at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Answers to repeat. By time: the sweep.
CREATE TABLE IF NOT EXISTS idempotency_keys (
  principal VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  idem_key VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  request_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  answer LONGBLOB NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (principal, idem_key),
  KEY ix_idempotency_keys_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Who is told

-- Owed to the outside, committed with the act. By state and time: what is due. By recipient:
-- what leaves as one message. By brand: what was not delivered.
CREATE TABLE IF NOT EXISTS outbox (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  dedup_key VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  topic VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload LONGBLOB NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  next_at DATETIME(3) NOT NULL,
  lease_owner VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempts INT NOT NULL,
  last_error TEXT COLLATE utf8mb4_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  recipient VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  spent_template VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  UNIQUE KEY uq_outbox_dedup_key (dedup_key),
  KEY ix_outbox_state_next_at (state, next_at),
  KEY ix_outbox_recipient_state (recipient, state),
  KEY ix_outbox_brand_id_state_id (brand_id, state, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- When somebody may be written to again; the row is locked while he is. By time: the sweep.
CREATE TABLE IF NOT EXISTS notice_paces (
  recipient VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  next_at DATETIME(3) NOT NULL,
  PRIMARY KEY (recipient),
  KEY ix_notice_paces_next_at (next_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- How many messages of a template a person still allows (ADR 24).
CREATE TABLE IF NOT EXISTS message_grants (
  person_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  template_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  remaining INT NOT NULL,
  refused BOOLEAN NOT NULL,
  reported INT NOT NULL,
  pushed INT NOT NULL,
  tap_at DATETIME(3) NOT NULL,
  changed_by VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  changed_at DATETIME(3) NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (person_id, template_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- Which reminder was sent for which planned time: once, by whichever replica. By time: the
-- sweep.
CREATE TABLE IF NOT EXISTS reminders (
  task_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  rung VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scheduled_at DATETIME(3) NOT NULL,
  told BOOLEAN NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (task_id, rung, scheduled_at),
  KEY ix_reminders_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- planned_seq is up to where events became deliveries.
CREATE TABLE IF NOT EXISTS webhooks (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  url VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  description VARCHAR(255) COLLATE utf8mb4_unicode_520_ci NOT NULL,
  kinds TEXT COLLATE utf8mb4_bin NOT NULL,
  active TINYINT(1) NOT NULL,
  off_reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  off_at DATETIME(3) NULL,
  secret LONGBLOB NOT NULL,
  old_secret LONGBLOB NOT NULL,
  old_secret_until DATETIME(3) NULL,
  planned_seq BIGINT NOT NULL,
  next_at DATETIME(3) NOT NULL,
  hold_until DATETIME(3) NOT NULL,
  lease_owner VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lease_until DATETIME(3) NOT NULL,
  failures INT NOT NULL,
  failing_since DATETIME(3) NULL,
  created_by CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  KEY ix_webhooks_brand_id_id (brand_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;

-- An event is owed once to each webhook. By webhook: its list, of a state too, and what is due
-- in order. By state and time: how many are due in all. By creation: the sweep.
CREATE TABLE IF NOT EXISTS webhook_deliveries (
  id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  webhook_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  brand_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  seq BIGINT NOT NULL,
  kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  actor_kind VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at DATETIME(3) NOT NULL,
  state VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempts INT NOT NULL,
  next_at DATETIME(3) NOT NULL,
  status INT NOT NULL,
  last_error VARCHAR(191) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at DATETIME(3) NOT NULL,
  delivered_at DATETIME(3) NULL,
  PRIMARY KEY (id),
  UNIQUE KEY uq_webhook_deliveries_webhook_id_seq (webhook_id, seq),
  KEY ix_webhook_deliveries_webhook_id_id (webhook_id, id),
  KEY ix_webhook_deliveries_state_next_at (state, next_at),
  KEY ix_webhook_deliveries_created_at (created_at),
  KEY ix_webhook_deliveries_webhook_id_state_next_at_seq (webhook_id, state, next_at, seq),
  KEY ix_webhook_deliveries_webhook_id_state_id (webhook_id, state, id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci ROW_FORMAT=DYNAMIC;
