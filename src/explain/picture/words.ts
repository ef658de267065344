import { counted } from '../../problems/counted.ts'
import type { PicturedContainer, PodPicture } from './pod-picture.ts'
import type { Request } from './pod-requests.ts'

/** `120m CPU, 352Mi`; with a sign before each amount if one is given. */
export function requestsText(requests: readonly Request[], sign = ''): string {
  const most = 4
  const shown = requests.slice(0, most).map(({ resource, amount }) => {
    const of = { cpu: ' CPU', memory: '' }[resource] ?? ` ${resource}`
    return `${sign}${amount}${of}`
  })
  return [...shown, ...(requests.length > most ? [`${requests.length - most} more`] : [])].join(', ')
}

/** `+120m CPU, +352Mi`; empty if nothing was added. */
export function addedText({ requests }: PodPicture): string {
  const added = requests.flatMap(({ resource, added }) =>
    added === undefined ? [] : [{ resource, amount: added }],
  )
  return requestsText(added, '+')
}

/** When containers end, and which, in order; each with its sentence. */
export function endingOf(picture: PodPicture): {
  readonly title: string
  readonly steps: readonly { readonly end: 'first' | 'after' | 'never'; readonly text: string }[]
} {
  const { containers, runsToCompletion } = picture
  const [first, after, never] = (['first', 'after', 'never'] as const).map(end =>
    containers.filter(container => container.end === end),
  ) as [PicturedContainer[], PicturedContainer[], PicturedContainer[]]
  const complete = never.length > 0 ? '' : ': the Pod is complete'
  const s = (all: readonly unknown[]) => (all.length === 1 ? 's' : '')
  if (!runsToCompletion) {
    return {
      title: 'End, when the Pod is deleted',
      steps: [
        ...step('first', first, `${namesOf(first)} end${s(first)}${after.length > 0 ? ' first' : ''}`),
        ...step(
          'after',
          after,
          `then ${namesOf(after)} end${s(after)}${after.length > 1 ? ', last started first' : ''}`,
        ),
      ],
    }
  }
  return {
    title: 'End, when the work is done',
    steps: [
      ...step('first', first, `${namesOf(first)} end${s(first)}${after.length > 0 ? '' : complete}`),
      ...step(
        'after',
        after,
        `then ${namesOf(after)} end${s(after)} by ${after.length === 1 ? 'itself' : 'themselves'}${complete}`,
      ),
      ...step('never', never, `${namesOf(never)} keep${s(never)} the Pod running`),
    ],
  }
}

function step<E extends 'first' | 'after' | 'never'>(end: E, containers: readonly unknown[], text: string) {
  return containers.length === 0 ? [] : [{ end, text }]
}

/** `a`, `a and b`, `a and 3 others`. Names are cut: one of 253 characters would hide the rest of the sentence. */
function namesOf(containers: readonly PicturedContainer[]): string {
  const [first, second] = containers.map(({ name }) => (name.length > 28 ? `${name.slice(0, 27)}…` : name))
  if (containers.length === 2) return `${first} and ${second}`
  return containers.length < 2 ? (first ?? '') : `${first} and ${counted(containers.length - 1, 'other')}`
}

/** The picture in words, for those who cannot see it. */
export function pictureText(picture: PodPicture): string {
  const { kind, name, containers, volumes, requests } = picture
  const most = 12
  const cut = (text: string) => (text.length > 80 ? `${text.slice(0, 79)}…` : text)
  const more = (all: readonly unknown[]) => (all.length > most ? ` And ${all.length - most} more.` : '')
  const added = addedText(picture)
  return [
    `${cut(kind)} ${cut(name)}. Its containers, in the order in which they start:`,
    ...containers
      .slice(0, most)
      .map(
        ({ name, kind, step, profile }) =>
          `${step}. ${cut(name)}, ${kind}${profile === undefined ? '' : `, injected by ${cut(profile)}`}.`,
      ),
    more(containers),
    ...volumes.slice(0, most).map(volume => {
      const users = containers.flatMap(({ name, mounts }) => {
        const own = mounts.filter(mount => mount.volume === volume.name)
        if (own.length === 0) return []
        return [`${cut(name)}${own.every(({ isReadOnly }) => isReadOnly) ? ' (read-only)' : ''}`]
      })
      return `Volume ${cut(volume.name)} (${cut(volume.source)}) is mounted by ${users.slice(0, most).join(', ')}${users.length > most ? ` and ${users.length - most} more` : ''}.`
    }),
    more(volumes),
    ...(requests.length === 0
      ? []
      : [`The Pod requests ${requestsText(requests)}${added === '' ? '' : `; ${added} by Pillion`}.`]),
    `${endingOf(picture).title}: ${endingOf(picture)
      .steps.map(({ text }) => text)
      .join('; ')}.`,
  ]
    .filter(part => part !== '')
    .join(' ')
}
