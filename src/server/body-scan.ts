/**
 * The number of values in a text in JSON, about: its commas and opening brackets outside of strings. Parsed, each takes
 * tens of bytes, where the text needs two. Takes time in line with the bytes; what is no JSON has some number, too.
 */
export function countValues(json: Uint8Array): number {
  let values = 1
  let isInString = false
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]
    if (isInString) {
      if (byte === backslash) i++
      else if (byte === quote) isInString = false
    } else if (byte === quote) isInString = true
    else if (byte === comma || byte === bracket || byte === brace) values++
  }
  return values
}

const [quote, backslash, comma, bracket, brace] = [...'"\\,[{'].map(each => each.charCodeAt(0))
