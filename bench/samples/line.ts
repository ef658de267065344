/** The straight line nearest to points. */
export interface Line {
  readonly slope: number
  /** The standard error of the slope: below it nothing is known. */
  readonly error: number
}

/** By least squares; needs three points. https://en.wikipedia.org/wiki/Simple_linear_regression */
export function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))]
  const sum = (term: (dx: number, dy: number) => number) =>
    points.reduce((total, [x, y]) => total + term(x - meanX, y - meanY), 0)
  const squares = sum(dx => dx * dx)
  const slope = sum((dx, dy) => dx * dy) / squares
  const residual = sum((dx, dy) => (dy - slope * dx) ** 2) / (points.length - 2)
  return { slope, error: Math.sqrt(residual / squares) }
}
