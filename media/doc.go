// Package media is the door to the blobs: the bytes of pictures and videos, on a local
// disk or in an S3-compatible store. It looks into every file before it is taken: type,
// size, pixels, wholeness; it removes what tells of the author (EXIF, GPS) and makes the
// small picture. All names in it are ours; no part of an uploaded name reaches a path.
package media
