import { answer, type HighlightRequest } from './highlight.ts'

self.onmessage = ({ data }: MessageEvent<HighlightRequest>) => void answer(data, (reply) => self.postMessage(reply))
