// What a built-in tag is made of.
export interface Host {
  dom: any
  readonly data: Record<string, any> // not there yet while setup runs
  emit: (name: string, detail: object) => void
  set: (data: object) => void
}

export interface Tag {
  props?: Record<string, { type: any; value?: unknown }>
  setup?: (host: Host) => void
  draw?: (dom: any, data: Record<string, any>) => void
}

export const text = { type: String }
export const flag = { type: Boolean }
