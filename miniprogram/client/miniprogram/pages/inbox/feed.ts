// The inbox in pages, brand by brand.
import { call, type Answer } from '../../lib/api'

export type Item = Answer<'GET', '/inbox'>['items'][number]
export type Brand = Answer<'GET', '/inbox/brands'>['items'][number]
export type Shelf = 'waiting' | 'decided' | 'all'

const page = 50
const enough = 20 // rows that fill any screen

export class Feed {
  private left: string[] // brands that are not read to their end; '' stands for all
  private cursor = ''
  private reads = 0

  constructor(
    readonly shelf: Shelf,
    readonly brand: string,
  ) {
    this.left = [brand]
  }

  get more(): boolean {
    return this.left.length > 0
  }

  // whole: one answer held everything, so that reading anew brings all of it back.
  get whole(): boolean {
    return !this.more && this.reads === 1
  }

  // first reads all brands at once, and how much each has: mostly one page holds everything. When it does not,
  // each brand is read to its end before the next one begins: rows are only ever added below.
  async first(): Promise<{ items: Item[]; brands: Brand[] }> {
    const { items, brands = [] } = await this.read(true)
    if (!this.more || this.brand || brands.length < 2) return { items: grouped(items), brands }
    this.left = brands.map(({ brand_id }) => brand_id)
    this.cursor = ''
    return { items: await this.next(), brands }
  }

  async next(): Promise<Item[]> {
    const items: Item[] = []
    while (this.more && items.length < enough) items.push(...(await this.read()).items)
    return items
  }

  private async read(counts?: true) {
    const query = { show: this.shelf, limit: page, brand: this.left[0] || undefined, cursor: this.cursor || undefined, counts }
    const answer = await call('GET', '/inbox', { query })
    this.reads++
    this.cursor = answer.next_cursor ?? ''
    if (!this.cursor) this.left.shift()
    return answer
  }
}

// grouped brings the items of a brand together, the brands in the order of their first.
function grouped(items: Item[]): Item[] {
  const brands = [...new Set(items.map(({ brand_id }) => brand_id))]
  return brands.flatMap((brand) => items.filter(({ brand_id }) => brand_id === brand))
}
