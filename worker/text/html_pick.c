/* Where the article is. Blocks of running text give points to the elements around them,
 * fewer the farther away, as in Arc90's Readability (2010; Mozilla's Readability.js goes
 * on with it); marks of the page's makers add and take; the element with the most points
 * for what of its text is no link holds the article. */

#include "worker/text/html_block.h"

#include <string.h>
#include <strings.h>

#define LEAST_BYTES   25   /* shorter blocks say nothing about where the article is */
#define LEVELS        5    /* so far up points are given */
#define LENGTH_POINTS 3.0f /* at most, one for a hundred bytes */
#define MARK_POINTS   25.0f
#define LINKS_MOST    0.5f  /* of a block's text */
#define ITEM_LINKS    0.15f /* of an item of a list: with more it is a teaser's */
#define ALL_LINKS     0.9f  /* then it is one, however short */
#define SIBLING_SHARE 0.2f  /* of the best's points, to be of the article as well */
#define SIBLING_BYTES 80    /* or a paragraph beside it that is so long */
#define PART_LEVELS   6     /* so far up parts of one article meet */
#define PART_SHARE    0.1f  /* of the best's running text */
#define PART_LINKS    0.2f
#define HEADING_BYTES 200

struct score {
    const xmlNode *node;
    float points;
    uint32_t text_bytes, link_bytes, running_bytes; /* running: of blocks that count */
};

struct scores {
    struct score *item;
    uint32_t count, cap;
};

/* The element's score; its place is kept in the tree, one more than its index. */
static struct score *score_of(struct scores *scores, struct arena *arena, xmlNode *node)
{
    uintptr_t at = (uintptr_t)node->_private;
    if (at)
        return &scores->item[at - 1];
    struct score *score = ARENA_PUSH(arena, scores);
    enum html_mark mark = html_mark_of(node);
    *score = (struct score){.node = node};
    score->points = mark == MARK_ARTICLE ? MARK_POINTS
                    : mark == MARK_APART ? -MARK_POINTS
                                         : 0;
    node->_private = (void *)(uintptr_t)scores->count;
    return score;
}

static float link_share(const struct block *block)
{
    return (float)block->link_bytes / (float)block->text.len;
}

static float points_of(const struct block *block)
{
    float points = 1, length = (float)block->text.len / 100;
    for (size_t i = 0; i < block->text.len; i++)
        points += block->text.ptr[i] == ',';
    return points + (length < LENGTH_POINTS ? length : LENGTH_POINTS);
}

static bool counts(const struct block *block)
{
    return !block->apart && block->kind != BLOCK_HEADING &&
           block->kind != BLOCK_CAPTION && block->text.len >= LEAST_BYTES &&
           link_share(block) < (block->kind == BLOCK_ITEM ? ITEM_LINKS : LINKS_MOST);
}

static bool is_paragraph(const xmlNode *node)
{
    return html_name_is(node, "p") || html_name_is(node, "br") ||
           html_name_is(node, "pre") || html_name_is(node, "li") ||
           html_name_is(node, "blockquote");
}

static void give_points(struct scores *scores, struct arena *arena,
                        const struct block *block)
{
    const xmlNode *node = block->holder;
    if (is_paragraph(node) && node->parent)
        node = node->parent;
    float points = counts(block) ? points_of(block) : 0;
    for (int level = 0; node && node->type == XML_ELEMENT_NODE; level++) {
        struct score *score = score_of(scores, arena, (xmlNode *)node);
        score->text_bytes += (uint32_t)block->text.len;
        score->link_bytes += block->link_bytes;
        score->running_bytes += points > 0 ? (uint32_t)block->text.len : 0;
        if (level < LEVELS)
            score->points += level == 0 ? points : points / (float)(level * 2);
        node = node->parent;
    }
}

static float worth(const struct score *score)
{
    if (score->text_bytes == 0)
        return score->points;
    return score->points * (1 - (float)score->link_bytes / (float)score->text_bytes);
}

static const xmlNode *best_of(const struct scores *scores, float *worth_out)
{
    const xmlNode *best = NULL;
    *worth_out = 0;
    for (uint32_t i = 0; i < scores->count; i++) {
        float w = worth(&scores->item[i]);
        if (best == NULL || w > *worth_out) {
            best = scores->item[i].node;
            *worth_out = w;
        }
    }
    return best;
}

static bool is_under(const xmlNode *node, const xmlNode *top)
{
    for (; node; node = node->parent)
        if (node == top)
            return true;
    return false;
}

/* The child of best's parent that the block stands in, or NULL. */
static const xmlNode *sibling_of(const xmlNode *node, const xmlNode *best)
{
    for (; node && node->parent; node = node->parent)
        if (node->parent == best->parent)
            return node;
    return NULL;
}

static bool is_kin(const struct scores *scores, const struct block *block,
                   const xmlNode *best, float best_worth)
{
    const xmlNode *sibling = sibling_of(block->holder, best);
    if (sibling == NULL || html_name_is(best, "body"))
        return false;
    if (html_name_is(sibling, "p"))
        return block->text.len > SIBLING_BYTES && link_share(block) < 0.25f;
    uintptr_t at = (uintptr_t)sibling->_private;
    return at && worth(&scores->item[at - 1]) > best_worth * SIBLING_SHARE;
}

/* An article may be in several parts that lie farther apart: one that is large beside the
 * best, and has few links, is of it. */
static bool is_part(const struct scores *scores, const struct block *block,
                    const xmlNode *best)
{
    const xmlNode *above = best->parent, *part = block->holder;
    for (int level = 0; level < PART_LEVELS && above; level++, above = above->parent) {
        for (part = block->holder; part && part->parent != above;)
            part = part->parent;
        if (part)
            break;
    }
    if (part == NULL || above == NULL || html_name_is(above, "html"))
        return false;
    uintptr_t best_at = (uintptr_t)best->_private, at = (uintptr_t)part->_private;
    if (best_at == 0 || at == 0 || html_name_is(part, "article"))
        return false;
    const struct score *score = &scores->item[at - 1];
    return (float)score->running_bytes >
               (float)scores->item[best_at - 1].running_bytes * PART_SHARE &&
           (float)score->link_bytes < (float)score->text_bytes * PART_LINKS;
}

static bool is_wanted(const struct block *block)
{
    if (block->apart || block->kind == BLOCK_CAPTION)
        return false;
    if (block->kind == BLOCK_HEADING)
        return block->text.len <= HEADING_BYTES;
    return link_share(block) < LINKS_MOST ||
           (block->link_bytes < LEAST_BYTES && link_share(block) < ALL_LINKS);
}

static bool same_words(struct str a, struct str b)
{
    return a.len == b.len && a.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* The wanted blocks, a line each. A heading comes with what it heads, or not at all. */
static struct str write(const struct blocks *blocks, const bool *wanted,
                        struct arena *arena)
{
    size_t bytes = 0, len = 0;
    bool headed = false;
    for (uint32_t i = 0; i < blocks->count; i++)
        bytes += blocks->item[i].text.len + 1;
    char *text = arena_alloc(arena, bytes + 1);
    char *end = text + bytes;
    for (uint32_t i = blocks->count; i-- > 0;) {
        const struct block *block = &blocks->item[i];
        if (!wanted[i])
            continue;
        if (block->kind != BLOCK_HEADING)
            headed = true;
        else if (!headed)
            continue;
        len += block->text.len + 1;
        end[-1] = '\n';
        end -= block->text.len + 1;
        memcpy(end, block->text.ptr, block->text.len);
    }
    return str_make(end, len);
}

struct str html_pick(const struct blocks *blocks, struct str title, struct arena *arena,
                     struct str *heading_out)
{
    struct scores scores = {0};
    float best_worth;
    for (uint32_t i = 0; i < blocks->count; i++)
        give_points(&scores, arena, &blocks->item[i]);
    const xmlNode *best = best_of(&scores, &best_worth);
    bool *wanted = arena_zero(arena, blocks->count + 1, sizeof *wanted);
    for (uint32_t i = 0; i < blocks->count && best; i++) {
        const struct block *block = &blocks->item[i];
        wanted[i] =
            is_wanted(block) && !same_words(block->text, title) &&
            (is_under(block->holder, best) || is_kin(&scores, block, best, best_worth) ||
             is_part(&scores, block, best));
    }
    *heading_out = STR_NONE;
    for (uint32_t i = 0; i < blocks->count; i++)
        if (wanted[i]) {
            if (blocks->item[i].kind == BLOCK_HEADING)
                *heading_out = blocks->item[i].text;
            break;
        }
    return write(blocks, wanted, arena);
}
