import type { Environment } from '@marcbachmann/cel-js'

/** A type of the CEL library: `list<V>`, `optional<V>`, `map<K, V>`, or one without parts. */
interface Type {
  readonly keyType?: Type
  readonly valueType?: Type
}

/** Where the library makes its types. All environments share them. */
interface Registry {
  getType(name: string): Type
  getListType(value: Type): Type
  getOptionalType(value: Type): Type
  getMapType(key: Type, value: Type): Type
}

/**
 * Makes the library use `dyn` for types that are nested deeper than three levels. Call it once. The library never forgets a
 * type, 20 KB for a literal of 30 nested lists and maps: expressions of ever new shapes would fill the memory. With three
 * levels there are about two thousand types.
 */
export function limitTypes(environment: Environment): void {
  const types = registryOf(environment)
  const { getListType, getOptionalType, getMapType } = types
  const within = (registry: Registry, type: Type, levels: number) =>
    levelsOf(type) > levels ? registry.getType('dyn') : type
  Object.assign(types, {
    getListType(this: Registry, value: Type) {
      return getListType.call(this, within(this, value, most - 1))
    },
    getOptionalType(this: Registry, value: Type) {
      return getOptionalType.call(this, within(this, value, most - 1))
    },
    // A key is a scalar.
    getMapType(this: Registry, key: Type, value: Type) {
      return getMapType.call(this, within(this, key, 0), within(this, value, most - 1))
    },
  })
}

const most = 3

/** At most `most` + 1, because no type with more levels is ever made. */
function levelsOf({ keyType, valueType }: Type): number {
  if (!keyType && !valueType) return 0
  return 1 + Math.max(keyType ? levelsOf(keyType) : 0, valueType ? levelsOf(valueType) : 0)
}

interface Checked {
  readonly meta: { readonly check: Check }
  setMeta(key: 'check', check: Check): void
}
type Check = (checker: { registry: Registry }, node: Checked, context: unknown) => unknown

/** The library passes its registry only to the function that checks a node. */
function registryOf(environment: Environment): Registry {
  const program = environment.parse('null')
  const node = program.ast as unknown as Checked
  const { check } = node.meta
  let types: Registry | undefined
  node.setMeta('check', (checker, checked, context) => {
    types = Object.getPrototypeOf(checker.registry) as Registry
    return check(checker, checked, context)
  })
  program.check()
  if (!types) throw new Error('the CEL library checks in another way than the pinned version')
  return types
}
