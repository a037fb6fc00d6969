// decided keeps what was answered on the review page, so that the list behind it shows the
// answer without loading anew and without losing its place.
export const decided = new Map<string, 'approved' | 'rejected'>()
