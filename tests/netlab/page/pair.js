/** The pair of candidates in use on a connection: types, addresses, protocols; `undefined` if there is none. */
export async function pairOf(connection) {
  const stats = await connection.getStats();
  const all = [...stats.values()];
  const chosen = stats.get(all.find(({ type, selectedCandidatePairId }) => type === 'transport' && selectedCandidatePairId)?.selectedCandidatePairId)
    ?? all.find(({ type, selected }) => type === 'candidate-pair' && selected)
    ?? all.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded');
  if (!chosen) return undefined;
  const plain = ({ candidateType, address, port, protocol, relayProtocol }) => ({ type: candidateType, address, port, protocol, relayProtocol });
  return {
    local: plain(stats.get(chosen.localCandidateId)),
    remote: plain(stats.get(chosen.remoteCandidateId)),
    bytes: chosen.bytesReceived,
    roundTrip: chosen.currentRoundTripTime,
  };
}
