import type { Path } from '../problems/problem.ts'

/** A member's name as a step of a JSON pointer (RFC 6901, section 3). */
export function pointerStep(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** A path as a JSON pointer. */
export function pointerTo(path: Path): string {
  return path.map(step => `/${pointerStep(String(step))}`).join('')
}

/** The names and indexes that a JSON pointer leads through (RFC 6901, section 4). */
export function stepsOf(pointer: string): readonly string[] {
  const steps = pointer.split('/').slice(1)
  return steps.map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}
