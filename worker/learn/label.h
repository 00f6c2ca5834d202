#ifndef WORKER_LEARN_LABEL_H
#define WORKER_LEARN_LABEL_H

/* Parts of speech and relations: those of Universal Dependencies, of which the subtypes
 * are kept that the treebanks use often enough to be learnt. The numbers stand in
 * token.upos and token.deprel and in model files: new ones go to the end, and
 * LABEL_VERSION up with any change. 0 is none. */

#include "proto/base/str.h"

#define LABEL_VERSION 1u

#define UPOS_LIST(U)                                                                     \
    U(ADJ)                                                                               \
    U(ADP)                                                                               \
    U(ADV)                                                                               \
    U(AUX)                                                                               \
    U(CCONJ)                                                                             \
    U(DET)                                                                               \
    U(INTJ)                                                                              \
    U(NOUN)                                                                              \
    U(NUM)                                                                               \
    U(PART)                                                                              \
    U(PRON)                                                                              \
    U(PROPN)                                                                             \
    U(PUNCT)                                                                             \
    U(SCONJ)                                                                             \
    U(SYM)                                                                               \
    U(VERB)                                                                              \
    U(X)

enum upos {
    UPOS_NONE,
#define UPOS_(name) UPOS_##name,
    UPOS_LIST(UPOS_)
#undef UPOS_
        UPOS_COUNT
};

#define DEPREL_LIST(X)                                                                   \
    X(ROOT, "root")                                                                      \
    X(ACL, "acl")                                                                        \
    X(ACL_RELCL, "acl:relcl")                                                            \
    X(ADVCL, "advcl")                                                                    \
    X(ADVMOD, "advmod")                                                                  \
    X(ADVMOD_EMPH, "advmod:emph")                                                        \
    X(AMOD, "amod")                                                                      \
    X(APPOS, "appos")                                                                    \
    X(AUX, "aux")                                                                        \
    X(CASE, "case")                                                                      \
    X(CC, "cc")                                                                          \
    X(CCOMP, "ccomp")                                                                    \
    X(CLF, "clf")                                                                        \
    X(COMPOUND, "compound")                                                              \
    X(CONJ, "conj")                                                                      \
    X(COP, "cop")                                                                        \
    X(CSUBJ, "csubj")                                                                    \
    X(DEP, "dep")                                                                        \
    X(DET, "det")                                                                        \
    X(DISCOURSE, "discourse")                                                            \
    X(DISLOCATED, "dislocated")                                                          \
    X(FIXED, "fixed")                                                                    \
    X(FLAT, "flat")                                                                      \
    X(FLAT_FOREIGN, "flat:foreign")                                                      \
    X(FLAT_NAME, "flat:name")                                                            \
    X(GOESWITH, "goeswith")                                                              \
    X(IOBJ, "iobj")                                                                      \
    X(LIST, "list")                                                                      \
    X(MARK, "mark")                                                                      \
    X(NMOD, "nmod")                                                                      \
    X(NMOD_LMOD, "nmod:lmod")                                                            \
    X(NMOD_POSS, "nmod:poss")                                                            \
    X(NMOD_TMOD, "nmod:tmod")                                                            \
    X(NSUBJ, "nsubj")                                                                    \
    X(NSUBJ_PASS, "nsubj:pass")                                                          \
    X(NUMMOD, "nummod")                                                                  \
    X(OBJ, "obj")                                                                        \
    X(OBL, "obl")                                                                        \
    X(OBL_AGENT, "obl:agent")                                                            \
    X(OBL_TMOD, "obl:tmod")                                                              \
    X(ORPHAN, "orphan")                                                                  \
    X(PARATAXIS, "parataxis")                                                            \
    X(PUNCT, "punct")                                                                    \
    X(VOCATIVE, "vocative")                                                              \
    X(XCOMP, "xcomp")

enum deprel {
    DEPREL_NONE,
#define DEPREL_(name, text) DEPREL_##name,
    DEPREL_LIST(DEPREL_)
#undef DEPREL_
        DEPREL_COUNT
};

/* Static names; "_" for none and for numbers that are no label. */
const char *upos_name(unsigned upos);
const char *deprel_name(unsigned deprel);

unsigned upos_of(struct str name); /* UPOS_NONE where it is none */
/* The relation, or without its subtype where only that is known; DEPREL_NONE. */
unsigned deprel_of(struct str name);
/* The relation without its subtype: DEPREL_NSUBJ of DEPREL_NSUBJ_PASS. */
unsigned deprel_base(unsigned deprel);

#endif
