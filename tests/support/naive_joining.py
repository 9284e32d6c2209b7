"""Joining of reads to pieces as it is defined: all alignments are looked at before each join."""

NO_KIND, CLEAN, UNCLEAR, AGAINST = range(4)


class NaivePieces:
    """Pieces of reads of these lengths; alignments are (a, b, left, right, is_reverse, kind)."""

    def __init__(self, lengths, alignments):
        self.lengths, self.alignments = lengths, alignments
        self.piece = list(range(len(lengths)))
        self.position = [0] * len(lengths)
        self.is_forward = [True] * len(lengths)
        self.refused = {}

    def members(self, name):
        return [i for i, piece in enumerate(self.piece) if piece == name]

    def extent(self, name):
        members = self.members(name)
        ends = [self.position[i] + self.lengths[i] for i in members]
        return min(self.position[i] for i in members), max(ends)

    def beside(self, i, left, j, is_reverse):
        """Return position and direction of read j, which lies at ``left`` in the frame of i."""
        if self.is_forward[i]:
            return self.position[i] + left, not is_reverse
        return self.position[i] + self.lengths[i] - left - self.lengths[j], is_reverse

    def moved(self, a, b, left, is_reverse):
        """Return {read: (position, direction)} of the piece of b on the axis of that of a."""
        target, direction = self.beside(a, left, b, is_reverse)
        found = {}
        for i in self.members(self.piece[b]):
            if direction == self.is_forward[b]:
                found[i] = target + self.position[i] - self.position[b], self.is_forward[i]
            else:
                end = self.position[b] + self.lengths[b]
                position = target + end - self.position[i] - self.lengths[i]
                found[i] = position, not self.is_forward[i]
        return found

    def join(self, a, b, left, is_reverse, slack, max_conflict, min_held, clean_kinds):
        """Try one join."""
        x, y = self.piece[a], self.piece[b]
        if x == y:
            return
        sizes = len(self.members(x)), len(self.members(y))
        if sizes[0] < sizes[1]:  # seen from b
            left = self.lengths[b] - self.lengths[a] + left if is_reverse else -left
            a, b, x, y = b, a, y, x
        pair, total = frozenset((x, y)), sum(sizes)
        if pair in self.refused and total * 4 < self.refused[pair] * 5:
            return
        moved = self.moved(a, b, left, is_reverse)
        low, high = self.extent(x)
        agree = against = inside = held = 0
        for i, (position, is_forward) in moved.items():
            clean = 0
            for first, second, to_second, right, turned, kind in self.alignments:
                if kind == NO_KIND or i not in (first, second):
                    continue
                j, beside = second, to_second
                if i == second:
                    j = first
                    beside = self.lengths[i] - self.lengths[j] + right if turned else -to_second
                if self.piece[j] != x:
                    continue
                if not is_forward:
                    beside = self.lengths[i] - beside - self.lengths[j]
                off = abs(position + beside - self.position[j])
                if (is_forward != turned) == self.is_forward[j] and off <= slack + 5:
                    clean += kind <= clean_kinds
                    against += kind == AGAINST
            agree += clean
            covered = min(
                min(high, position + shift + self.lengths[i]) - max(low, position + shift)
                for shift in (-slack, slack)
            )
            if covered >= 75:
                inside += 1
                held += clean > 0
        if against > max_conflict * (agree + against) or held < min_held * inside:
            self.refused[pair] = total
            return
        for i, (position, is_forward) in moved.items():
            self.piece[i], self.position[i], self.is_forward[i] = x, position, is_forward
