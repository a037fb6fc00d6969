// pullable lets a finger, or the mouse, pull a page down from its top.
const far = 70 // px

export function pullable(view: HTMLElement, may: () => boolean, pull: () => void) {
  const scroller = view.firstElementChild as HTMLElement
  let from: number | undefined
  scroller.addEventListener('pointerdown', (event) => {
    from = scroller.scrollTop <= 0 && may() ? event.clientY : undefined
  })
  const end = (event: PointerEvent) => {
    if (from !== undefined && event.clientY - from > far) pull()
    from = undefined
  }
  scroller.addEventListener('pointerup', end)
  scroller.addEventListener('pointercancel', end) // the browser scrolls by itself
}
