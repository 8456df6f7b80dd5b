import fc from 'fast-check'

/** Any UTF-16 code unit, halves of surrogate pairs among them, and often those that JSON writes with care. */
export const anyUnit: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  fc.constantFrom('"', '\\', '[', '{', '\0', '\n', '\u2028', '\ufeff', '😀', '\ud83d', '\ude00', 'a'),
)
