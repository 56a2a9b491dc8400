import { answer, type Question } from './highlight.ts'

self.onmessage = ({ data }: MessageEvent<Question>) => void answer(data, (reply) => self.postMessage(reply))
