// What wx shows over, around and below a page.
import { bench, element, part } from '../bench'
import { sheet } from '../sheet'
import type { Stack } from '../stack'

interface Modal {
  title?: string
  content?: string
  showCancel?: boolean
  confirmText?: string
  cancelText?: string
  editable?: boolean
}

export function screen(stack: Stack) {
  return {
    showToast: ({ title, duration = 1500 }: { title: string; duration?: number }) => toast(title, duration),

    showModal: async ({ title, content, showCancel = true, confirmText = '确定', cancelText = '取消' }: Modal) => {
      const confirm = await sheet({ title: title ?? '', detail: content, yes: confirmText, no: showCancel ? cancelText : undefined })
      return { confirm, cancel: !confirm }
    },

    previewImage: ({ urls, current }: { urls: string[]; current?: string }) => preview(current ?? urls[0]!),
    saveImageToPhotosAlbum: ({ filePath }: { filePath: string }) => element('a', { href: filePath, download: 'countersign.png' }).click(),

    setNavigationBarTitle: ({ title }: { title: string }) => stack.title(title),
    setTabBarItem: ({ index, text }: { index: number; text: string }) => {
      if (!stack.chrome.onTab()) throw new Error('not TabBar page')
      stack.chrome.tabName(index, text)
    },
    stopPullDownRefresh: () => stack.stopPull(),
    pageScrollTo: ({ scrollTop = 0 }: { scrollTop?: number }) => stack.scroll(scrollTop),
  }
}

let fading = 0

function toast(text: string, duration = 0) {
  part('toast').textContent = text
  clearTimeout(fading)
  if (duration && !bench.lasting) fading = window.setTimeout(() => (part('toast').textContent = ''), duration)
}

// preview shows the very picture that the page showed, large; a tap closes it.
function preview(url: string) {
  const shown = [...document.querySelectorAll('img')].find(({ src }) => src.includes(new URL(url, location.origin).pathname))
  const picture = element('img', { src: shown?.src ?? new URL(url, location.origin).pathname, alt: '' })
  const box = element('button', { class: 'bench-preview', 'aria-label': '×' }, picture)
  box.onclick = () => box.remove()
  part('over').append(box)
}
