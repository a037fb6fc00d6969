import { me } from '../lib/session'

// zoneOf is the time zone of a brand, as the reader's seat in it says.
export function zoneOf(brand: string): string | undefined {
  return me()?.brands.find((seat) => seat.brand_id === brand)?.time_zone
}
