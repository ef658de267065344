import { badgeAt, widthOfBadge } from './cards.ts'
import type { PodPicture } from './pod-picture.ts'
import { type Scene, text, together } from './scene.ts'
import { addedText, requestsText } from './words.ts'

/** The name of the Pod, what it requests, and how much of that was added: beside it if there is room, else below. */
export function heading(
  picture: PodPicture,
  { x, width }: { readonly x: number; readonly width: number },
): { readonly scene: Scene; readonly height: number } {
  const { name, requests, sharesProcesses } = picture
  const kind = text(x, 32, picture.kind, 'kind')
  const indent = kind.fitted.width + 8
  const total = requests.length === 0 ? 'Requests no CPU and no memory' : `Requests ${requestsText(requests)}`
  const requested = text(x, 54, total, 'note', { maxWidth: width })
  const added = addedText(picture)
  const badgeWidth = added === '' ? 0 : widthOfBadge(added, width)
  const beside = requested.fitted.width + 12 + badgeWidth
  const isBeside = beside <= width
  const y = added === '' || isBeside ? 74 : 98
  return {
    scene: together(
      { texts: [kind, text(x + indent, 32, name, 'title', { maxWidth: width - indent }), requested] },
      added === '' ? {} : badgeAt(x + (isBeside ? beside : badgeWidth), isBeside ? 41 : 62, added, width),
      sharesProcesses
        ? { texts: [text(x, y, 'Each container sees the processes of all others.', 'note')] }
        : {},
    ),
    height: y + (sharesProcesses ? 24 : 4),
  }
}
