import { byId, element } from './element.ts'
import { type Store, shownWorkload } from './state.ts'

/** The Pod as a picture, which can be saved. It is an image, so that nothing in it becomes a part of the page. */
export function mountPictureView(store: Store): void {
  const place = byId('picture')
  const buttons = [byId<HTMLButtonElement>('save-svg'), byId<HTMLButtonElement>('save-png')] as const
  let url = ''
  let shown: { readonly svg: string; readonly image: HTMLImageElement } | undefined

  store.watch(
    state => shownWorkload(state)?.picture,
    (svg, state) => {
      URL.revokeObjectURL(url)
      for (const button of buttons) button.disabled = svg === undefined
      shown = undefined
      if (svg === undefined) {
        place.replaceChildren(element('p', { textContent: 'There is no picture: no Pod can be read.' }))
        return
      }
      url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
      const image = element('img', { src: url, alt: shownWorkload(state)?.pictureText ?? '' })
      shown = { svg, image }
      place.replaceChildren(image)
    },
  )
  const name = () => (shownWorkload(store.state)?.title ?? 'pod').toLowerCase().replace(/[^a-z0-9]+/g, '-')
  buttons[0].onclick = () => {
    if (shown) save(new Blob([shown.svg], { type: 'image/svg+xml' }), `${name()}.svg`)
  }
  buttons[1].onclick = async () => {
    const png = shown && (await pngOf(shown.image))
    if (png) save(png, `${name()}.png`)
    else
      store.set({ notice: { text: 'The browser cannot make a PNG of this size: save the picture as SVG.' } })
  }
}

const pngScale = 2

function pngOf(image: HTMLImageElement): Promise<Blob | null> {
  const canvas = element('canvas', {
    width: image.naturalWidth * pngScale,
    height: image.naturalHeight * pngScale,
  })
  const context = canvas.getContext('2d')
  context?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise(resolve => canvas.toBlob(resolve, 'image/png'))
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob)
  element('a', { href: url, download: name }).click()
  // The browser says nothing when it has read the blob.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
