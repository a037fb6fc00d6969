// The texts of the pages inbox and review.
export const reviewWords = { zh: {}, en: {} }
