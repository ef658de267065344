// What the sources use of `Type` of typebox, for the page: the real one has a parser of TypeScript types and the
// machinery of generic types, 18 KB as gzip. A test compares the schemas that both build.

type Schema = Readonly<Record<string, unknown>>

const optional = new WeakSet<Schema>()

const ofType =
  (type: string) =>
  (options: Schema = {}): Schema => ({ type, ...options })

export const Type = {
  Array: (items: Schema, options: Schema = {}): Schema => ({ type: 'array', items, ...options }),
  Boolean: ofType('boolean'),
  Enum: (values: readonly unknown[], options: Schema = {}): Schema => ({ enum: values, ...options }),
  Integer: ofType('integer'),
  Object: (properties: Readonly<Record<string, Schema>>, options: Schema = {}): Schema => {
    const required = Object.keys(properties).filter(key => !optional.has(properties[key]!))
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
  Optional: (schema: Schema): Schema => {
    const copy = { ...schema }
    optional.add(copy)
    return copy
  },
  Record: (key: Schema, value: Schema, options: Schema = {}): Schema => ({
    type: 'object',
    patternProperties: { [String(key['pattern'] ?? '^.*$')]: value },
    ...options,
  }),
  String: ofType('string'),
  Unsafe: (schema: Schema): Schema => ({ ...schema }),
}
