import { RdbString } from '../strings.js'
import { type StreamConsumer, type StreamGroup, StreamId, type StreamInfo } from '../visitor.js'

/** What is known of the stream being read, its group at hand and its consumer at hand. */
export class StreamState {
  /** Stream layout, 1-5. */
  version = 1
  readonly masterId = new StreamId()
  /** Pending entry, unowned entry or message at hand. */
  readonly id = new StreamId()
  /** Master ID of the node before. */
  readonly previousMasterId = new StreamId()
  masterIdRead = false
  nodesBegun = 0
  nodes = 0
  nodesWalked = 0
  liveInNodes = 0
  readonly info = new StreamInfoState()
  readonly group = new StreamGroupState()
  readonly consumer = new StreamConsumerState()

  /** Those that come from the file itself. */
  get strings(): readonly RdbString[] {
    return [this.group.name, this.consumer.name]
  }
}

class StreamInfoState implements StreamInfo {
  length = 0
  readonly lastId = new StreamId()
  firstId: StreamId | null = null
  maxDeletedId: StreamId | null = null
  entriesAdded: number | null = null
  groups = 0
}

class StreamGroupState implements StreamGroup {
  readonly name = new RdbString()
  readonly lastId = new StreamId()
  entriesRead: number | null = null
  pending = 0
}

class StreamConsumerState implements StreamConsumer {
  readonly name = new RdbString()
  seenTimeMs = 0
  activeTimeMs: number | null = null
  pending = 0
}

/** Where the walk of a stream node stands; a node may come in windows. */
export class StreamNodeState {
  step = 0
  left = 0
  deletedLeft = 0
  fields = 0
  pairs = 0
  pairsLeft = 0
  flags = 0
  live = 0
  /** Field names of the node, one after another, and where each ends. */
  names = new Uint8Array(256)
  readonly nameEnds: number[] = []
  namesUsed = 0
  readonly id = new StreamId()
  readonly field = new RdbString()
}
