import type { Json, JsonObject } from '../../json/json.ts'

/** A Pod with as much of everything as its limits allow an expression to read. */
const env = Array.from({ length: 5_000 }, (_, i) => ({ name: `E${i}`, value: `v${i}` }))
const text = 'a'.repeat(100_000)
const wide = 'é日'.repeat(50_000)
const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]))
export const largeApp: JsonObject = {
  name: 'web',
  env,
  text,
  wide,
  many,
  texts: Array(200).fill(text.slice(0, 5_000)),
}
export const largePod: Json = { spec: { containers: [largeApp] } }

const ten = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]'
const thousand = `${ten}.map(a, ${ten}.map(b, 0))`
/** The same thing a number of times, in a list that is read. */
const times = (expression: string, levels: number) =>
  Array.from({ length: levels }).reduce<string>((inner, _, i) => `${ten}.map(t${i}, ${inner})`, expression)
/** What `step` makes of the value before it, again and again. */
const chained = (first: string, step: string, levels: number) =>
  `[${first}]${Array.from({ length: levels }, () => `.map(v, ${step})`).join('')}`
const long = (letter: string, length: number) => `"${letter.repeat(length)}"`

/** Expressions that each would take all there is, by what they do. */
export const hostileExpressions: Readonly<Record<string, string>> = {
  'a loop in a loop': times('1', 8),
  'a walk over every pair': 'app.env.map(a, app.env.map(b, 1))',
  'a search for each': 'app.env.filter(e, e in app.env)',
  'lists doubled': chained('[0, 0]', 'v + v', 40),
  'lists nested and compared': `${chained('[0]', '[v, v]', 40)} == ${chained('[0]', '[v, v]', 40)}`,
  'maps doubled': chained('{"a": 0}', '{"l": v, "r": v}', 40),
  'optionals doubled': chained('0', '[optional.of(v), optional.of(v)]', 40),
  'text doubled': chained(long('a', 64), 'v + v', 40),
  'text doubled and read': `${times(`size(${chained(long('a', 64), 'v + v', 10)}[0])`, 5)}`,
  'wide text doubled': chained(long('日', 64), 'v + v', 40),
  'bytes doubled': chained(`b${long('a', 64)}`, 'v + v', 40),
  'bytes of text': times('bytes(app.text)', 6),
  'bytes as text': times('string(bytes(app.text))', 6),
  'bytes compared': times('bytes(app.text) == bytes(app.text)', 6),
  'bytes as hex and base64': times('bytes(app.text).hex() + bytes(app.text).base64()', 6),
  'lower case': times('app.text.lowerAscii()', 6),
  'wide upper case': times('app.wide.upperAscii()', 6),
  'wide size': times('size(app.wide)', 6),
  size: times('size(app.text)', 6),
  trim: times('app.text.trim()', 6),
  split: times('app.text.split("")', 6),
  'wide split': times('app.wide.split("")', 6),
  'split by a long text': times(`app.text.split("b" + app.text.substring(50000))`, 6),
  join: `app.texts.join(app.text)`,
  'join again and again': `app.env.map(e, "").join(app.text)`,
  substring: times('app.text.substring(1)', 6),
  contains: times(`app.text.contains("b" + app.text.substring(50000))`, 6),
  'contains a short text': times(`app.text.contains("aaaaaaab")`, 6),
  indexOf: times(`app.text.indexOf("b" + app.text.substring(50000))`, 6),
  lastIndexOf: times(`app.text.lastIndexOf("b" + app.text.substring(50000))`, 6),
  'lastIndexOf a half': times(`app.text.lastIndexOf(app.text.substring(50000) + "b")`, 6),
  startsWith: times('app.text.startsWith(app.text)', 6),
  'text compared': times('app.text + "b" == app.text + "c"', 6),
  'text ordered': times('app.text + "b" < app.text + "c"', 6),
  'texts searched': times(`(app.text + "b") in app.texts`, 6),
  'a map of many keys': 'app.env.map(e, {e.name: e.value, e.value: e.name})',
  'maps compared': times('app.many == app.many', 6),
  'a map of long keys': times(`{app.text + "k": 1}`, 6),
  'a key looked up': times('app.many["k" + "1"]', 8),
  conversions: times('int("123456789") + int(string(1234567))', 8),
  doubles: times('double("1.234567e-300") * 3.0', 8),
  durations: times('duration("1h2m3s4ms5us6ns")', 8),
  timestamps: times('timestamp("2020-01-01T00:00:00Z")', 8),
  'time zones': times('timestamp("2020-01-01T00:00:00Z").getHours("America/New_York")', 8),
  'days of the year in a time zone': times('timestamp("2020-01-01T00:00:00Z").getDayOfYear("Asia/Tokyo")', 8),
  'errors that a quantifier swallows': 'app.env.exists(a, app.env.exists(b, 1 / 0 == 1))',
  'errors that || swallows': times('1 / 0 == 1 || true', 8),
  'errors that && swallows': times('1 / 0 == 1 && false', 8),
  'errors with long texts': times('bool(app.text) || true', 8),
  'spent, then swallowed': `app.env.exists(a, ${times('1', 8)} == [] || true)`,
  'a pattern on a long text': 'app.text.matches("[a-z]{0,1000}[A-Z]")',
  'a small pattern on a long text': 'app.text.matches("(a|aa)+$")',
  'a pattern for each': 'app.env.map(e, "a".matches("a{500}" + e.name))',
  'small patterns': 'app.env.map(e, "a".matches(e.name))',
  'small patterns found': times('"aaaaaaaaaaaaaaaaaaaa".matches("(a|b)*c")', 8),
  'a result that holds a container many times': 'app.env.map(e, app)',
  'a result of many maps': times('{"a": 1, "b": [1]}', 8),
  'a bind in a loop': times('cel.bind(x, app.text, x + x)', 8),
  'unsigned integers': times('uint(1) + uint(2)', 8),
  types: times('type(1) == int', 8),
  'optional chains': times('app.?env[?0].?name.orValue("")', 8),
  'items behind the end of a list': 'app.env.map(e, app.env[?5000].hasValue())',
  'items behind the end of an optional list': 'app.env.map(e, app.?env[?5000].hasValue())',
  'has in a loop': times('has(app.env) && has(app.many.k1)', 8),
  'keys of a map': times('app.many.map(k, k)', 8),
  'a thousand literals': `${times(thousand, 5)}`,
  'ordered numbers': times('1 < 2 && 2.0 < 3.0', 8),
  'unary minus': times('-(1)', 8),
  'an object that is compared with itself nested': times('app == pod.spec.containers[0]', 6),
}
