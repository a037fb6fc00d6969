-- +goose Up
INSERT OR IGNORE INTO post_terms (brand_id, term, post_id)
WITH RECURSIVE at (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM at WHERE n < 255), size (k) AS (SELECT 1 UNION ALL SELECT 2)
SELECT p.brand_id, SUBSTR(p.search_title, at.n, size.k), p.id
FROM posts p JOIN at ON at.n <= LENGTH(p.search_title) JOIN size ON at.n + size.k - 1 <= LENGTH(p.search_title)
WHERE SUBSTR(p.search_title, at.n, size.k) NOT LIKE '% %';

-- +goose Down
DELETE FROM post_terms;
