/** What only uploads answer. The client is told the status and the message. */
export class UploadFault extends Error {
  readonly status: 400 | 408 | 409 | 410 | 460
  readonly expose = true

  constructor(status: UploadFault['status'], message: string) {
    super(message)
    this.name = 'UploadFault'
    this.status = status
  }
}
