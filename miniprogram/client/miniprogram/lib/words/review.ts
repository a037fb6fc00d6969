// The texts of the pages inbox and review and of their components.
import { en } from './review-en'
import { zh } from './review-zh'

export const reviewWords = { zh, en }
