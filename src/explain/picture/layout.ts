import { bounded } from './bounded.ts'
import { badgeAt, type Card, card, cardWidths, moreCard, type PlacedRow, wantedWidth } from './cards.ts'
import { fitted } from './fit.ts'
import { lanesOf } from './lanes.ts'
import { legend } from './legend.ts'
import { lifelines, lifelinesOf, type Station } from './lifelines.ts'
import type { PicturedContainer, PodPicture } from './pod-picture.ts'
import { rowsOf } from './rows.ts'
import { type Scene, text, together } from './scene.ts'
import { labelWidth, lanesWidth, wires } from './wires.ts'
import { addedText, endingOf, requestsText } from './words.ts'

/** A scene with its size. */
export interface Layout extends Scene {
  readonly width: number
  readonly height: number
}

/** Many more boxes would make a picture that nobody reads. */
const mostContainers = 12
const margin = 20
const gap = 10

/**
 * Where everything stands: below the heading the containers, one above the other, as they start; left of them how long they
 * run, right of them lines to what they share; below them what ends when, and the meaning of the signs.
 */
export function layout(picture: PodPicture): Layout {
  const { containers } = picture
  const parts = [
    { title: 'Start, one after another', all: containers.filter(({ kind }) => isInit(kind)) },
    { title: 'Start, together', all: containers.filter(({ kind }) => !isInit(kind)) },
  ]
    .filter(({ all }) => all.length > 0)
    .map(({ all, ...part }) => ({
      ...part,
      ...bounded(all, mostContainers, ({ profile }) => profile !== undefined),
    }))
  const rows = rowsOf(
    picture,
    parts.reduce((sum, { shown }) => sum + shown.length, 0),
  )
  const boxes = parts.flatMap(({ shown }) => shown.map(container => ({ container, ...rows.of(container) })))
  const all = boxes.flatMap(({ shown }) => shown)
  const lanes = lanesOf(all.map(({ to }) => to))
  const labelled = all.map(({ to, line }, at) => {
    const lane = lanes.get(to)
    return line === 'none' || (lane && lane.first !== at) ? undefined : rows.end(to)
  })
  const x = margin + lifelinesOf(picture).width
  const wanted = Math.max(
    cardWidths.min,
    ...boxes.map(({ container, shown }) => wantedWidth(container, shown)),
  )
  const width = Math.ceil(Math.min(cardWidths.max, wanted))
  const labels = x + width + lanesWidth(Math.max(0, ...[...lanes.values()].map(({ at }) => at + 1)))
  const right = Math.max(labels, ...labelled.map(end => (end ? labels + labelWidth(end) : 0)))
  // The last lines are sentences, for which a picture may be wider, but not much.
  const sentences = endingOf(picture).steps.map(step => x + fitted(step.text, 'note').width)
  const pageWidth = Math.ceil(
    Math.max(400, right + margin, Math.min(560, Math.max(0, ...sentences) + margin)),
  )

  const heading = headingOf(picture, pageWidth)
  let y = heading.height
  const cards: Card[] = []
  const stations: Station[] = []
  const titles: Scene['texts'][number][] = []
  let row = 0
  for (const { title, shown, hidden } of parts) {
    titles.push(text(x, y + 10, title, 'section'))
    y += 22
    for (const container of shown) {
      const own = rows.of(container)
      const ends = own.shown.map((each, i) => ({ row: each, end: labelled[row + i] }))
      row += own.shown.length
      const made = card(container, ends, own.hidden, { x, y, width })
      cards.push(made)
      stations.push({ y: y + 22, bottom: y + made.height, end: container.end, step: container.step })
      y += made.height + gap
    }
    if (hidden > 0) {
      const more = moreCard(hidden, { x, y, width })
      cards.push(more)
      y += more.height + gap
    }
    y += 8
  }
  const ending = lifelines(picture, stations, { x: margin, boxes: x, y, width: pageWidth - margin - x })
  y += ending.height
  const placed: readonly PlacedRow[] = cards.flatMap(made => made.rows)
  const signs = legend(picture, all, { x: margin, y: y + 4, width: pageWidth - 2 * margin })
  return {
    ...together(
      heading.scene,
      { texts: titles },
      ending.scene,
      ...cards.map(({ scene }) => scene),
      wires(placed, lanes, { from: x + width, to: labels }),
      signs.scene,
    ),
    width: pageWidth,
    height: Math.ceil(y + signs.height + margin),
  }
}

function isInit(kind: PicturedContainer['kind']): boolean {
  return kind === 'init container' || kind === 'native sidecar'
}

/** The name of the Pod, what it requests, and how much of that was added. */
function headingOf(picture: PodPicture, width: number): { readonly scene: Scene; readonly height: number } {
  const { name, requests, sharesProcesses } = picture
  const inner = width - 2 * margin
  const added = addedText(picture)
  const total = requests.length === 0 ? 'Requests no CPU and no memory' : `Requests ${requestsText(requests)}`
  const kind = text(margin, 32, picture.kind, 'kind')
  const titleX = margin + kind.fitted.width + 8
  const requested = text(margin, 54, total, 'note', { maxWidth: inner })
  const badge = added === '' ? {} : badgeAt(0, 0, added, inner - 20)
  const badgeBox = badge.boxes?.[0]
  const left = margin + requested.fitted.width + 12
  const fits = badgeBox !== undefined && left + badgeBox.width <= width - margin
  const [badgeX, badgeY] = fits ? [left, 41] : [margin, 62]
  let y = badgeBox && !fits ? 88 : 64
  const note = sharesProcesses
    ? [text(margin, y + 10, 'Each container sees the processes of all others.', 'note')]
    : []
  y += sharesProcesses ? 20 : 0
  return {
    scene: together(
      {
        texts: [
          kind,
          text(titleX, 32, name, 'title', { maxWidth: width - margin - titleX }),
          requested,
          ...note,
        ],
      },
      badgeBox ? badgeAt(badgeX + badgeBox.width, badgeY, added, inner - 20) : {},
      { lines: [] },
    ),
    height: y + 14,
  }
}
