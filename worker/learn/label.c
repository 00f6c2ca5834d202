#include "worker/learn/label.h"

static const char *const upos_names[] = {"_",
#define UPOS_(name) #name,
                                         UPOS_LIST(UPOS_)
#undef UPOS_
};

static const char *const deprel_names[] = {"_",
#define DEPREL_(name, text) text,
                                           DEPREL_LIST(DEPREL_)
#undef DEPREL_
};

const char *upos_name(unsigned upos)
{
    return upos_names[upos < UPOS_COUNT ? upos : 0];
}

const char *deprel_name(unsigned deprel)
{
    return deprel_names[deprel < DEPREL_COUNT ? deprel : 0];
}

unsigned upos_of(struct str name)
{
    for (unsigned i = 1; i < UPOS_COUNT; i++)
        if (str_is(name, upos_names[i]))
            return i;
    return UPOS_NONE;
}

static unsigned find_deprel(struct str name)
{
    for (unsigned i = 1; i < DEPREL_COUNT; i++)
        if (str_is(name, deprel_names[i]))
            return i;
    return DEPREL_NONE;
}

static struct str cut_subtype(struct str name)
{
    struct str base = name, rest = name;
    str_split(&rest, ':', &base);
    return base;
}

unsigned deprel_of(struct str name)
{
    unsigned found = find_deprel(name);
    return found ? found : find_deprel(cut_subtype(name));
}

unsigned deprel_base(unsigned deprel)
{
    return find_deprel(cut_subtype(str_of(deprel_name(deprel))));
}
