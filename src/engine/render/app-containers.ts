import type { Json } from '../../json/json.ts'
import { spend } from '../../limits/budget.ts'
import type { AppContainersTemplate } from '../../profile/profile.ts'
import type { Scope } from '../../template/cel/cel.ts'
import { type Failures, isTrue } from '../../template/evaluate.ts'
import { annotation, type Container, type Pod } from '../pod.ts'

/**
 * The Pod's app containers: those of `containers` that are none of the `sidecars`. The one that
 * `kubectl.kubernetes.io/default-container` names comes first, so that another injector's container
 * put in front does not become "the first".
 */
export function appContainers(
  pod: Pod,
  sidecars: ReadonlySet<string>,
  named = defaultContainerOf(pod),
): readonly Container[] {
  const own = (pod.spec?.containers ?? []).filter(({ name }) => !sidecars.has(name))
  const main = own.find(({ name }) => name === named)
  return main ? [main, ...own.filter(container => container !== main)] : own
}

export function defaultContainerOf({ metadata }: Pod): string | undefined {
  return metadata?.annotations?.[annotation.defaultContainer]
}

// Each becomes a scope of expressions, and has a part of the injection.
const unitsOfContainer = 32

/** Which app containers one entry of a profile's `appContainers` is about. */
export function selected(
  select: AppContainersTemplate['select'],
  app: readonly Container[],
  scope: Scope,
  failures: Failures,
): readonly Container[] {
  spend(app.length * unitsOfContainer)
  if (select === 'all') return app
  if (select === 'first') return app.slice(0, 1)
  if (!('evaluate' in select)) {
    const names = new Set(select)
    return app.filter(({ name }) => names.has(name))
  }
  return app.filter(container =>
    isTrue(select, ['spec', 'appContainers'], { ...scope, container: container as Json }, failures),
  )
}
