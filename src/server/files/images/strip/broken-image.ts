/** The bytes are not a whole image of their format. The only error that the strippers throw. */
export class BrokenImage extends Error {
  override readonly name = 'BrokenImage'
}
