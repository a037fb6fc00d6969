// How far the review is, step by step.
import { shown, type Review } from './shown'

Component({
  properties: {
    review: Object,
    zone: String,
  },

  data: {
    steps: [] as ReturnType<typeof shown>,
  },

  observers: {
    'review, zone'(review: Review | null, zone: string) {
      if (review?.steps) this.setData({ steps: shown(review, zone || undefined) })
    },
  },
})
