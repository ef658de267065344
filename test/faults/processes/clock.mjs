// Loaded into a replica before its code (`node --import`): its clock is wrong by CLOCK_OFFSET_MS. With CLOCK_JUMPS_MS it is
// wrong in the other direction after each such time. The monotonic clock stays right, as on a machine with a wrong clock.
const RealDate = Date
const offsetMs = Number(process.env['CLOCK_OFFSET_MS'] ?? 0)
const jumpsMs = Number(process.env['CLOCK_JUMPS_MS'] ?? Number.POSITIVE_INFINITY)
const offset = () => (Math.floor(performance.now() / jumpsMs) % 2 === 0 ? offsetMs : -offsetMs)

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + offset())
    else super(...args)
  }

  static now() {
    return RealDate.now() + offset()
  }
}
