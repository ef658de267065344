import { expect, it } from 'vitest'
import { parseQuantity } from '../../profile/check/quantity.ts'
import { quantityText } from './quantity-text.ts'

it.each([
  ['cpu', '0.12', '120m'],
  ['cpu', '2', '2'],
  ['cpu', '0.0001', '1m'],
  ['memory', '352Mi', '352Mi'],
  ['memory', '2048Mi', '2Gi'],
  ['memory', '1536Mi', '1536Mi'],
  ['memory', '128M', '128M'],
  ['memory', '567108864', '≈541Mi'],
  ['memory', '1000', '1000'],
  ['memory', '1100', '1100'],
  ['example.com/gpu', '3', '3'],
])('writes %s %s as %s', (resource, quantity, text) => {
  expect(quantityText(resource, parseQuantity(quantity)!)).toBe(text)
})
